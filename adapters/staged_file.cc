// Way in: StagedFile::Create, then WriteAt, then Commit.
#include "adapters/staged_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "absl/strings/str_cat.h"
#include "adapters/file_image_reader.h"
#include "adapters/io_status.h"

namespace extgate {
namespace {

constexpr uint64_t kMebibyte = 1024 * 1024;

// Bytes that staging leaves free on a file system of `total_bytes`.
uint64_t ReserveOf(uint64_t total_bytes) {
  const uint64_t share = total_bytes / 20;
  return total_bytes < 64 * kMebibyte ? share : std::max(share, 16 * kMebibyte);
}

}  // namespace

absl::Status CheckSpace(const Directory& images, uint64_t size_bytes) {
  struct statvfs info;
  if (fstatvfs(images.fd(), &info) != 0) {
    return ErrnoStatus(errno, "cannot look at", images.path());
  }
  if (info.f_blocks == 0) return absl::OkStatus();  // ramfs: no bound to keep
  const uint64_t unit = info.f_frsize;
  const uint64_t free = info.f_bavail * unit;
  const uint64_t reserve = ReserveOf(info.f_blocks * unit);
  if (size_bytes <= free && free - size_bytes >= reserve) {
    return absl::OkStatus();
  }
  return absl::ResourceExhaustedError(absl::StrCat(
      "no space for ", size_bytes, " bytes in ", QuotePath(images.path()), ": ",
      free, " are free, ", reserve, " are to stay so"));
}

absl::StatusOr<std::unique_ptr<StagedFile>> StagedFile::Create(
    const Directory& images, uint64_t size_bytes) {
  if (absl::Status space = CheckSpace(images, size_bytes); !space.ok()) {
    return space;
  }
  if (size_bytes > static_cast<uint64_t>(std::numeric_limits<off_t>::max())) {
    return absl::ResourceExhaustedError(
        absl::StrCat(size_bytes, " bytes are more than a file can hold"));
  }
  auto own = images.Duplicate();
  if (!own.ok()) return own.status();
  // A run that died may have left a file of this name: try the next.
  for (int number = 0; number < 65536; ++number) {
    std::string name = absl::StrCat(kUnfinishedPrefix, getpid(), "-", number);
    auto fd = images.Open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (!fd.ok()) {
      if (images.TypeOf(name).ok()) continue;
      return fd.status();
    }
    std::unique_ptr<StagedFile> file(new StagedFile(
        *std::move(own), std::move(name), *std::move(fd), size_bytes));
    if (ftruncate(file->fd_.get(), static_cast<off_t>(size_bytes)) != 0) {
      return ErrnoStatus(errno, "cannot make room in", images.path());
    }
    return file;
  }
  return absl::ResourceExhaustedError(
      absl::StrCat("too many unfinished files in ", QuotePath(images.path())));
}

StagedFile::~StagedFile() {
  if (!name_.empty()) images_.Remove(name_).IgnoreError();  // Prune() will
}

absl::Status StagedFile::ReadAt(uint64_t offset, absl::Span<uint8_t> out) {
  return ReadFileAt(fd_.get(), size_bytes_, offset, out, images_.path());
}

absl::Status StagedFile::WriteAt(uint64_t offset,
                                 absl::Span<const uint8_t> bytes) {
  if (name_.empty()) {
    return absl::FailedPreconditionError("a committed copy is read-only");
  }
  if (offset > size_bytes_ || bytes.size() > size_bytes_ - offset) {
    return absl::OutOfRangeError(absl::StrCat("bytes ", offset, " + ",
                                              bytes.size(), " are beyond ",
                                              size_bytes_, " bytes"));
  }
  return WriteAllAt(fd_.get(), offset, bytes, images_.path());
}

absl::Status StagedFile::Commit(absl::string_view file_name) {
  if (name_.empty()) {
    return absl::FailedPreconditionError("the copy is committed already");
  }
  if (fchmod(fd_.get(), 0444) != 0) {
    return ErrnoStatus(errno, "cannot protect", images_.PathOf(name_));
  }
  absl::Status status = images_.Replace(name_, images_, file_name);
  if (status.ok()) name_.clear();
  return status;
}

}  // namespace extgate
