// The mounts of the calling thread's mount namespace, as the kernel lists them.
#ifndef EXTGATE_ADAPTERS_MOUNT_TABLE_H_
#define EXTGATE_ADAPTERS_MOUNT_TABLE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "adapters/root_dir.h"

namespace extgate {

// One line of mountinfo.
struct MountLine {
  uint64_t id = 0;
  std::string device;       // "254:1"
  std::string mount_point;  // absolute
  std::string type;         // "overlay"
  // Of the mount alone ("ro,nodev"), and of the whole file system.
  std::string options;
  std::string super_options;
  friend bool operator==(const MountLine&, const MountLine&) = default;
};

// Source: proc_pid_mountinfo(5). nullopt: not of that form.
std::optional<MountLine> ParseMountLine(absl::string_view line);

// Whether `options`, comma-separated, have `option`.
bool HasOption(absl::string_view options, absl::string_view option);

// The list as it is now, in the kernel's order: what hides another comes
// behind it. Empty where /proc does not tell.
std::vector<MountLine> Mounts();

// The mount points of all overlayfs below `root`, as paths below it, in the
// order of the kernel's list; also of those that another mount hides. Empty
// where /proc does not tell.
std::vector<std::string> OverlayMounts(const RootDir& root);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_MOUNT_TABLE_H_
