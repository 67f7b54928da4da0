// Way in: FileImageReader::Open, then ReadAt.
#include "adapters/file_image_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/str_cat.h"
#include "adapters/io_status.h"

namespace extgate {
namespace {

// From this size on a read in sequence is a copy, and worth reading ahead for:
// the next stretch comes from the disk while this one is hashed.
constexpr uint64_t kLargeRead = 256 * 1024;

}  // namespace

absl::Status ReadFileAt(int fd, uint64_t size_bytes, uint64_t offset,
                        absl::Span<uint8_t> out, absl::string_view path) {
  if (offset > size_bytes || out.size() > size_bytes - offset) {
    return absl::OutOfRangeError(absl::StrCat("bytes ", offset, " + ",
                                              out.size(), " are beyond ",
                                              size_bytes, " bytes"));
  }
  while (!out.empty()) {
    const ssize_t got =
        pread(fd, out.data(), out.size(), static_cast<off_t>(offset));
    if (got < 0) {
      if (errno == EINTR) continue;
      return absl::UnavailableError(
          ErrnoStatus(errno, "cannot read", path).message());
    }
    if (got == 0) {
      return absl::UnavailableError(
          absl::StrCat("cannot read ", QuotePath(path), ": it shrank to ",
                       offset, " of ", size_bytes, " bytes"));
    }
    offset += static_cast<uint64_t>(got);
    out.remove_prefix(static_cast<size_t>(got));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<FileImageReader>> FileImageReader::Open(
    const RootDir& root, absl::string_view path) {
  auto fd = root.OpenRegular(path);
  if (!fd.ok()) return fd.status();
  return FromFd(*std::move(fd), std::string(path));
}

absl::StatusOr<std::string> ReadWhole(ImageReader& file, uint64_t limit_bytes,
                                      absl::string_view path) {
  const uint64_t size = file.size_bytes();
  if (size > limit_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("cannot read ", QuotePath(path), ": longer than ",
                     limit_bytes, " bytes"));
  }
  std::string content(size, '\0');
  const absl::Status status = file.ReadAt(
      0, absl::MakeSpan(reinterpret_cast<uint8_t*>(content.data()), size));
  if (!status.ok()) return status;
  return content;
}

absl::StatusOr<std::unique_ptr<FileImageReader>> FileImageReader::OpenGiven(
    const std::string& path) {
  // Not waiting for a writer, should it be a FIFO.
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd.valid()) return ErrnoStatus(errno, "open", path);
  return FromFd(std::move(fd), path);
}

absl::StatusOr<std::unique_ptr<FileImageReader>> FileImageReader::FromFd(
    UniqueFd fd, std::string path) {
  struct stat info;
  if (fstat(fd.get(), &info) != 0) {
    return ErrnoStatus(errno, "cannot open", path);
  }
  if (!S_ISREG(info.st_mode)) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot open ", QuotePath(path), ": not a regular file"));
  }
  return std::unique_ptr<FileImageReader>(new FileImageReader(
      std::move(fd), std::move(path), static_cast<uint64_t>(info.st_size)));
}

absl::Status FileImageReader::ReadAt(uint64_t offset, absl::Span<uint8_t> out) {
  absl::Status status = ReadFileAt(fd_.get(), size_bytes_, offset, out, path_);
  if (status.ok()) AdviseAfter(offset, out.size());
  return status;
}

void FileImageReader::AdviseAfter(uint64_t offset, uint64_t size) {
  const uint64_t end = offset + size;
  const uint64_t expected =
      next_sequential_.exchange(end, std::memory_order_relaxed);
  if (size >= kLargeRead && offset == expected && end < size_bytes_) {
    // Advice only: whether it is taken changes no result.
    posix_fadvise(fd_.get(), static_cast<off_t>(end),
                  static_cast<off_t>(std::min(size, size_bytes_ - end)),
                  POSIX_FADV_WILLNEED);
  }
}

absl::StatusOr<std::string> ReadGiven(const std::string& path,
                                      uint64_t limit_bytes) {
  const auto file = FileImageReader::OpenGiven(path);
  if (!file.ok()) return file.status();
  return ReadWhole(**file, limit_bytes, path);
}

}  // namespace extgate
