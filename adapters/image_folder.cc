// Ways in: the members of ImageFolder.
#include "adapters/image_folder.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "adapters/file_image_reader.h"
#include "adapters/io_status.h"
#include "engine/install/installed_name.h"
#include "engine/install/signature_file.h"

namespace extgate {
namespace {

constexpr mode_t kModeOfImages = 0644;

bool IsIncomplete(const DirectoryEntry& entry) {
  return entry.type == FileType::kRegular &&
         absl::StartsWith(entry.name, kIncompletePrefix);
}

bool IsImageFile(const DirectoryEntry& entry) {
  return entry.type == FileType::kRegular && HasImageSuffix(entry.name);
}

// What these calls give a name to.
bool IsInstalledFile(const DirectoryEntry& entry) {
  return IsImageFile(entry) ||
         (entry.type == FileType::kRegular &&
          absl::EqualsIgnoreCase(entry.name, kSignatureFile));
}

// Where on its device a file begins; 0: nowhere, it is empty.
absl::StatusOr<int> FirstBlockOf(const Directory& folder,
                                 const std::string& name) {
  const auto file = folder.Open(name, O_RDONLY | O_NONBLOCK);
  if (!file.ok()) return file.status();
  int block = 0;
  if (ioctl(file->get(), FIBMAP, &block) != 0) {
    return ErrnoStatus(errno, "cannot tell the clusters of",
                       folder.PathOf(name));
  }
  return block;
}

absl::StatusOr<UniqueFd> OpenDeviceOf(const Directory& folder) {
  struct stat info;
  if (fstat(folder.fd(), &info) != 0) {
    return ErrnoStatus(errno, "cannot look at", folder.path());
  }
  const std::string path =
      absl::StrCat("/dev/block/", major(info.st_dev), ":", minor(info.st_dev));
  UniqueFd device(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!device.valid()) return ErrnoStatus(errno, "cannot open", path);
  return device;
}

}  // namespace

bool CanReserve(const Directory& folder) { return OpenDeviceOf(folder).ok(); }

IncompleteImage::~IncompleteImage() {
  if (!name_.empty()) folder_.Remove(name_).IgnoreError();  // Repair() will
}

absl::Status IncompleteImage::ReadAt(uint64_t offset, absl::Span<uint8_t> out) {
  return ReadFileAt(fd_.get(), size_bytes_, offset, out, folder_.path());
}

absl::Status IncompleteImage::WriteAt(uint64_t offset,
                                      absl::Span<const uint8_t> bytes) {
  if (offset > size_bytes_ || bytes.size() > size_bytes_ - offset) {
    return absl::OutOfRangeError(absl::StrCat("bytes ", offset, " + ",
                                              bytes.size(), " are beyond ",
                                              size_bytes_, " bytes"));
  }
  return WriteAllAt(fd_.get(), offset, bytes, folder_.path());
}

absl::Status IncompleteImage::Reserve(FolderKind kind) {
  if (size_bytes_ == 0) return absl::OkStatus();
  if (fallocate(fd_.get(), FALLOC_FL_KEEP_SIZE, 0,
                static_cast<off_t>(size_bytes_)) != 0) {
    if (errno == EOPNOTSUPP) return absl::OkStatus();
    return ErrnoStatus(errno, "cannot make room in", folder_.path());
  }
  if (kind != FolderKind::kFat) return absl::OkStatus();
  const auto device = OpenDeviceOf(folder_);
  // Where it cannot be opened each step is synchronous.
  if (!device.ok()) return absl::OkStatus();
  return SyncFd(device->get(), folder_.path());
}

absl::Status IncompleteImage::Finish() {
  absl::Status status = SyncFd(fd_.get(), folder_.PathOf(name_));
  fd_ = UniqueFd();
  return status;
}

absl::StatusOr<std::vector<InstalledFile>> ImageFolder::Files() const {
  const auto listed = folder_.List();
  if (!listed.ok()) return listed.status();
  std::vector<InstalledFile> files;
  for (const DirectoryEntry& entry : *listed) {
    const bool link =
        entry.type == FileType::kSymlink && HasImageSuffix(entry.name);
    if (!link && (!IsImageFile(entry) || absl::StartsWith(entry.name, "."))) {
      continue;
    }
    const auto size = folder_.SizeOf(entry.name);
    if (!size.ok() || (!link && *size == 0)) continue;
    files.push_back({entry.name, *size});
  }
  return files;
}

absl::StatusOr<std::optional<uint64_t>> ImageFolder::SizeOf(
    absl::string_view name) const {
  const auto type = folder_.TypeOf(name);
  if (absl::IsNotFound(type.status())) return std::nullopt;
  if (!type.ok()) return type.status();
  if (*type != FileType::kRegular) return std::nullopt;
  const auto size = folder_.SizeOf(name);
  if (!size.ok()) return size.status();
  return *size == 0 ? std::nullopt : std::optional<uint64_t>(*size);
}

absl::StatusOr<std::vector<std::string>> ImageFolder::Repair() const {
  const auto listed = folder_.List();
  if (!listed.ok()) return listed.status();
  std::vector<std::string> done;
  for (const DirectoryEntry& entry : *listed) {
    const bool incomplete = IsIncomplete(entry);
    if (!incomplete && (kind_ != FolderKind::kFat || !IsInstalledFile(entry))) {
      continue;
    }
    const auto size = folder_.SizeOf(entry.name);
    if (!size.ok()) return size.status();
    if (!incomplete && *size > 0) continue;
    const std::string path = QuotePath(folder_.PathOf(entry.name));
    const absl::Status gone = Remove(entry.name);
    if (*size > 0 && kind_ == FolderKind::kFat && !gone.ok()) {
      done.push_back(absl::StrCat("left alone: ", gone.message()));
      continue;
    }
    if (!gone.ok()) return gone;
    done.push_back(absl::StrCat("removed ", path,
                                ", which an interrupted installation left"));
  }
  return done;
}

// Whether the clusters of `name` may be freed: nothing else has them. `ours` is
// a hidden file that is no leftover.
absl::Status ImageFolder::CheckAlone(const std::string& name,
                                     absl::string_view ours) const {
  if (kind_ != FolderKind::kFat || !folder_.TypeOf(name).ok()) {
    return absl::OkStatus();
  }
  const auto size = folder_.SizeOf(name);
  if (!size.ok()) return size.status();
  if (*size == 0) return absl::OkStatus();
  const auto listed = folder_.List();
  if (!listed.ok()) return listed.status();
  if (std::none_of(listed->begin(), listed->end(),
                   [&](const DirectoryEntry& entry) {
                     return IsIncomplete(entry) && entry.name != ours;
                   })) {
    return absl::OkStatus();
  }
  const auto begin = FirstBlockOf(folder_, name);
  if (!begin.ok()) return begin.status();
  for (const DirectoryEntry& entry : *listed) {
    if ((!IsInstalledFile(entry) && !IsIncomplete(entry)) ||
        entry.name == name) {
      continue;
    }
    const auto other = FirstBlockOf(folder_, entry.name);
    if (!other.ok()) return other.status();
    if (*other != *begin || *begin == 0) continue;
    return absl::FailedPreconditionError(absl::StrCat(
        QuotePath(folder_.PathOf(name)), " and ", QuotePath(entry.name),
        " are one chain of clusters, as an interrupted installation leaves "
        "them: run fsck.vfat before it is replaced or removed"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<IncompleteImage>> ImageFolder::Create(
    uint64_t size_bytes) const {
  if (size_bytes > static_cast<uint64_t>(std::numeric_limits<off_t>::max())) {
    return absl::ResourceExhaustedError(
        absl::StrCat(size_bytes, " bytes are more than a file can hold"));
  }
  auto own = folder_.Duplicate();
  if (!own.ok()) return own.status();
  // A file that Repair() left alone may have a name already.
  for (int number = 0; number < 4096; ++number) {
    std::string name = absl::StrCat(kIncompletePrefix, number, ".tmp");
    auto fd = folder_.Open(name, O_RDWR | O_CREAT | O_EXCL, kModeOfImages);
    if (!fd.ok()) {
      if (folder_.TypeOf(name).ok()) continue;
      return fd.status();
    }
    after_change_();
    auto file = std::make_unique<IncompleteImage>(
        *std::move(own), std::move(name), *std::move(fd), size_bytes);
    const absl::Status room = file->Reserve(kind_);
    if (!room.ok()) return room;
    after_change_();
    return file;
  }
  return absl::ResourceExhaustedError(
      absl::StrCat("too many unfinished files in ", QuotePath(folder_.path())));
}

absl::Status ImageFolder::Commit(IncompleteImage& file,
                                 const std::string& name) const {
  absl::Status status = CheckAlone(name, file.name());
  if (status.ok()) status = folder_.Replace(file.name(), folder_, name);
  if (!status.ok()) return status;
  file.Release();
  after_change_();
  return Sync();
}

absl::Status ImageFolder::Share(const Directory& from,
                                const std::string& name) const {
  const std::string hidden = absl::StrCat(kIncompletePrefix, "link.tmp");
  absl::Status status = folder_.Remove(hidden);
  if (!status.ok()) return status;
  if (linkat(from.fd(), name.c_str(), folder_.fd(), hidden.c_str(), 0) != 0) {
    return ErrnoStatus(errno, "cannot link", from.PathOf(name));
  }
  after_change_();
  status = folder_.Replace(hidden, folder_, name);
  // Of two names of one file rename(2) does nothing.
  if (status.ok()) status = folder_.Remove(hidden);
  if (!status.ok()) return status;
  after_change_();
  return Sync();
}

absl::Status ImageFolder::Remove(const std::string& name) const {
  absl::Status status = CheckAlone(name, "");
  if (status.ok()) status = folder_.Remove(name);
  if (!status.ok()) return status;
  after_change_();
  return Sync();
}

absl::Status ImageFolder::Sync() const {
  absl::Status status = SyncFd(folder_.fd(), folder_.path());
  if (status.ok()) after_change_();
  return status;
}

}  // namespace extgate
