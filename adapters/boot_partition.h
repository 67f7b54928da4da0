// The partitions that the boot loader reads, as they are mounted.
#ifndef EXTGATE_ADAPTERS_BOOT_PARTITION_H_
#define EXTGATE_ADAPTERS_BOOT_PARTITION_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "adapters/places.h"
#include "adapters/root_dir.h"

namespace extgate {

// Directories of the host that somebody named; empty: they are looked for.
struct BootDirectories {
  std::string esp;   // --esp
  std::string boot;  // --boot: XBOOTLDR
};

// A partition, whose root directory is the root of `tree`.
struct OpenPartition {
  std::string path;  // of that directory, for people and below the root
  RootDir tree;
};

struct BootPartitions {
  OpenPartition esp;
  std::optional<OpenPartition> xbootldr;
};

// A mounted file system that may be one of them.
struct MountedPartition {
  std::string mount_point;
  std::string device;  // "254:1"
  // Both in lower case, "" where nothing tells.
  std::string uuid;         // of the partition
  std::string type_uuid;    // of its type
  bool has_loader = false;  // it has /loader or /EFI
};

struct ChosenPartitions {
  std::string esp;       // mount points
  std::string xbootldr;  // "": there is none
};

// Which of `mounted`, in the order of preference, the boot loader was started
// from and so reads: the one whose partition `booted_uuid` is
// (LoaderDevicePartUUID; "": unknown), whatever other ESP there is. Where that
// says nothing, the first ESP, or the first of unknown type that has_loader.
// NotFound: none is.
absl::StatusOr<ChosenPartitions> ChooseBootPartitions(
    const std::vector<MountedPartition>& mounted,
    absl::string_view booted_uuid);

// Finds and opens them. Of this machine they are mounts (autofs makes them when
// they are looked at): /efi, /boot/efi and /boot before others of FAT. Below
// another root, the ESP is the first of those directories that has /loader or
// /EFI. `booted_uuid` as above. NotFound: there is no ESP; InvalidArgument: a
// directory that was named is no absolute path; PermissionDenied, Unavailable.
absl::StatusOr<BootPartitions> FindBootPartitions(const Places& places,
                                                  absl::string_view booted_uuid,
                                                  const BootDirectories& named);

// Whether `places` are those of this machine, and not of a tree elsewhere.
bool IsThisMachine(const Places& places);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_BOOT_PARTITION_H_
