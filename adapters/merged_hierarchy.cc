// Way in: MergedHierarchies.
#include "adapters/merged_hierarchy.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace extgate {
namespace {

constexpr uint64_t kMaxDevice = 64;  // bytes of "MAJOR:MINOR\n"

struct Hierarchy {
  const char* path;
  const char* marker;
};
constexpr Hierarchy kHierarchies[] = {
    {"/usr", "/usr/.systemd-sysext/dev"},
    {"/opt", "/opt/.systemd-sysext/dev"},
    {"/etc", "/etc/.systemd-confext/dev"},
};

bool IsMerged(const RootDir& root, const Hierarchy& hierarchy) {
  auto top = root.OpenAt(hierarchy.path, O_PATH | O_DIRECTORY);
  struct statfs system;
  struct stat info;
  if (!top.ok() || fstatfs(top->get(), &system) != 0 ||
      system.f_type != OVERLAYFS_SUPER_MAGIC || fstat(top->get(), &info) != 0) {
    return false;
  }
  auto device = root.ReadSmallFile(hierarchy.marker, kMaxDevice);
  return device.ok() &&
         absl::StripAsciiWhitespace(*device) ==
             absl::StrCat(major(info.st_dev), ":", minor(info.st_dev));
}

}  // namespace

std::vector<std::string> MergedHierarchies(const RootDir& root) {
  std::vector<std::string> merged;
  for (const Hierarchy& hierarchy : kHierarchies) {
    if (IsMerged(root, hierarchy)) merged.push_back(hierarchy.path);
  }
  return merged;
}

}  // namespace extgate
