// Way in: WritableMount::Of.
#include "adapters/writable_mount.h"

#include <fcntl.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "adapters/io_status.h"
#include "adapters/mount_view.h"

namespace extgate {
namespace {

constexpr uint64_t kMaxFdInfo = 4096;  // bytes

// What a remount has to name of a mount's own options, or it would drop them.
unsigned long KeptFlags(const MountLine& mount) {
  const struct {
    const char* option;
    unsigned long flag;
  } known[] = {
      {"nosuid", MS_NOSUID},         {"nodev", MS_NODEV},
      {"noexec", MS_NOEXEC},         {"noatime", MS_NOATIME},
      {"nodiratime", MS_NODIRATIME}, {"relatime", MS_RELATIME},
      {"nosymfollow", 256},  // MS_NOSYMFOLLOW, since Linux 5.10
  };
  unsigned long flags = 0;
  for (const auto& one : known) {
    if (HasOption(mount.options, one.option)) flags |= one.flag;
  }
  // None of the three in the list means this one.
  if ((flags & (MS_NOATIME | MS_RELATIME)) == 0) flags |= MS_STRICTATIME;
  if (HasOption(mount.super_options, "lazytime")) flags |= MS_LAZYTIME;
  if (HasOption(mount.super_options, "mand")) flags |= MS_MANDLOCK;
  return flags;
}

bool Same(const MountLine& mount, const char* option) {
  return HasOption(mount.options, option) ==
         HasOption(mount.super_options, option);
}

absl::Status Remount(const UniqueFd& directory, const MountLine& mount,
                     unsigned long flags) {
  if (::mount(nullptr, DescriptorPath(directory).c_str(), nullptr,
              MS_REMOUNT | flags, nullptr) != 0) {
    return ErrnoStatus(errno, "cannot remount", mount.mount_point);
  }
  return absl::OkStatus();
}

// The line of the mount that `directory` lies in.
absl::StatusOr<MountLine> MountOf(const UniqueFd& directory) {
  const std::string info =
      absl::StrCat("/proc/thread-self/fdinfo/", directory.get());
  const UniqueFd file(open(info.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return ErrnoStatus(errno, "cannot read", info);
  const auto text = ReadAll(file.get(), kMaxFdInfo, info);
  if (!text.ok()) return text.status();
  uint64_t id = 0;
  for (absl::string_view line : absl::StrSplit(*text, '\n')) {
    if (absl::ConsumePrefix(&line, "mnt_id:") && !absl::SimpleAtoi(line, &id)) {
      return absl::UnavailableError(absl::StrCat(QuotePath(info), " is odd"));
    }
  }
  for (const MountLine& mount : Mounts()) {
    if (mount.id == id) return mount;
  }
  return absl::UnavailableError("its mount is not in the kernel's list");
}

}  // namespace

absl::StatusOr<WritableMount> WritableMount::Of(const RootDir& partition,
                                                DirectoryWrites writes) {
  auto directory = partition.OpenAt("/", O_PATH | O_DIRECTORY);
  if (!directory.ok()) return directory.status();
  auto mount = MountOf(*directory);
  if (!mount.ok()) return mount.status();
  WritableMount writable(*std::move(directory));
  const bool synchronous = HasOption(mount->super_options, "sync") ||
                           HasOption(mount->super_options, "dirsync");
  const bool read_only =
      HasOption(mount->options, "ro") || HasOption(mount->super_options, "ro");
  if (!read_only && (synchronous || writes == DirectoryWrites::kOrdinary)) {
    return writable;
  }
  // MS_DIRSYNC would say what is wanted, but the kernel drops it where it
  // remounts (it is none of MS_RMT_MASK); MS_SYNCHRONOUS makes it treat
  // directories alike (IS_DIRSYNC() in include/linux/fs.h).
  unsigned long flags = KeptFlags(*mount);
  if (HasOption(mount->super_options, "sync") ||
      writes == DirectoryWrites::kSynchronous) {
    flags |= MS_SYNCHRONOUS;
  }
  const absl::Status status = Remount(writable.directory_, *mount, flags);
  if (absl::IsInvalidArgument(status)) {
    return absl::FailedPreconditionError(
        absl::StrCat("it lies within the file system mounted at ",
                     QuotePath(mount->mount_point),
                     ", which would have to be mounted anew"));
  }
  if (!status.ok()) return status;
  writable.before_ = *std::move(mount);
  return writable;
}

WritableMount::~WritableMount() {
  Restore().IgnoreError();  // who wants to know calls it
}

absl::Status WritableMount::Restore() {
  const std::optional<MountLine> before = std::exchange(before_, std::nullopt);
  if (!before.has_value()) return absl::OkStatus();
  const unsigned long kept = KeptFlags(*before);
  unsigned long flags = kept;
  if (HasOption(before->super_options, "ro")) flags |= MS_RDONLY;
  if (HasOption(before->super_options, "sync")) flags |= MS_SYNCHRONOUS;
  absl::Status status = Remount(directory_, *before, flags);
  if (status.ok() && !Same(*before, "ro")) {
    // The mount alone is something else than its file system.
    flags = MS_BIND | kept;
    if (HasOption(before->options, "ro")) flags |= MS_RDONLY;
    status = Remount(directory_, *before, flags);
  }
  // EBUSY, as a rule.
  return status.ok() ? status : absl::UnavailableError(status.message());
}

}  // namespace extgate
