// Ways in: MeasurementLog::Open, ReadMeasurementLog.
#include "adapters/measurement_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "adapters/file_lock.h"
#include "adapters/io_status.h"
#include "engine/pcr/userspace_log.h"

namespace extgate {
namespace {

constexpr char kFolder[] = "log/systemd";
constexpr char kName[] = "tpm2-measure.log";
constexpr mode_t kPermissions = 07777;

absl::Status Unavailable(const absl::Status& status) {
  return status.ok() ? status : absl::UnavailableError(status.message());
}

absl::StatusOr<mode_t> ModeOf(const UniqueFd& fd, const std::string& path) {
  struct stat file;
  if (fstat(fd.get(), &file) != 0) return ErrnoStatus(errno, "stat", path);
  if (!S_ISREG(file.st_mode)) {
    return absl::UnavailableError(
        absl::StrCat(QuotePath(path), " is no regular file"));
  }
  return file.st_mode & kPermissions;
}

absl::Status SetMode(const UniqueFd& fd, mode_t mode, const std::string& path) {
  return fchmod(fd.get(), mode) == 0 ? absl::OkStatus()
                                     : ErrnoStatus(errno, "mark", path);
}

}  // namespace

std::string MeasurementLog::Path() const { return directory_.PathOf(kName); }

absl::StatusOr<MeasurementLog> MeasurementLog::Open(const Places& places,
                                                    absl::Duration patience) {
  const HostPath folder = places.run() / kFolder;
  auto directory = folder.root->MakeDirectories(folder.path, 0755);
  if (!directory.ok()) return Unavailable(directory.status());
  auto fd = LockFile(*directory, kName, patience);
  if (!fd.ok()) return Unavailable(fd.status());
  const std::string path = directory->PathOf(kName);
  const auto mode = ModeOf(*fd, path);
  if (!mode.ok()) return Unavailable(mode.status());
  if (absl::Status marked = SetMode(*fd, *mode | S_ISVTX, path); !marked.ok()) {
    return Unavailable(marked);
  }
  return MeasurementLog(*std::move(directory), *std::move(fd), *mode);
}

absl::Status MeasurementLog::GiveUp() {
  return Unavailable(SetMode(fd_, mode_, Path()));
}

absl::Status MeasurementLog::Append(absl::string_view record) {
  const off_t end = lseek(fd_.get(), 0, SEEK_END);
  if (end < 0) return Unavailable(ErrnoStatus(errno, "seek in", Path()));
  absl::Status status = WriteAll(fd_.get(), record, Path());
  if (status.ok()) status = SyncFd(fd_.get(), Path());
  if (!status.ok()) {
    if (ftruncate(fd_.get(), end) != 0) {
      return absl::UnavailableError(
          absl::StrCat(status.message(), "; it ends within a record now"));
    }
    return Unavailable(status);
  }
  return GiveUp();
}

absl::StatusOr<MeasurementLogText> ReadMeasurementLog(const Places& places,
                                                      absl::Duration patience) {
  const HostPath folder = places.run() / kFolder;
  const auto directory = folder.root->OpenDirectory(folder.path);
  if (absl::IsNotFound(directory.status())) return directory.status();
  if (!directory.ok()) return Unavailable(directory.status());
  // Locking would make one.
  const auto there = directory->TypeOf(kName);
  if (absl::IsNotFound(there.status())) return there.status();
  const auto fd = LockFile(*directory, kName, patience);
  if (!fd.ok()) return Unavailable(fd.status());
  const std::string path = directory->PathOf(kName);
  const auto mode = ModeOf(*fd, path);
  if (!mode.ok()) return Unavailable(mode.status());
  auto bytes = ReadAll(fd->get(), kMaxUserspaceLog, path);
  if (!bytes.ok()) return Unavailable(bytes.status());
  return MeasurementLogText{*std::move(bytes), (*mode & S_ISVTX) == 0};
}

}  // namespace extgate
