// The same tree without some of its mounts, for looking below what is merged.
#ifndef EXTGATE_ADAPTERS_MOUNT_VIEW_H_
#define EXTGATE_ADAPTERS_MOUNT_VIEW_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "adapters/root_dir.h"
#include "adapters/unique_fd.h"

namespace extgate {

// The path by which mount(2) and umount2(2) take an open directory: no symlink
// is followed on the way.
std::string DescriptorPath(const UniqueFd& directory);

// Takes the topmost mount off `path`, in the caller's own mount namespace, with
// what is mounted below it. Errors as ErrnoStatus() with `verb`.
absl::Status DetachMount(const RootDir& root, absl::string_view path,
                         absl::string_view verb);

// A root in a mount namespace of its own, where the mounts on some paths are
// taken off; nobody else sees that. It shares every file system with the host,
// and lives as long as the object. Thread-compatible.
class MountView {
 public:
  // `root` without the topmost mount on each of `paths` (below `root`; each is
  // a mount point) and without what is mounted below it. Needs CAP_SYS_ADMIN:
  // PermissionDenied without. Other errors as ErrnoStatus(). The mounts of the
  // caller stay as they are, also on errors. Source: mount_namespaces(7).
  static absl::StatusOr<MountView> Without(
      const RootDir& root, const std::vector<std::string>& paths);

  // Names mount points of `view`, none below another; called in a thread of
  // its own, in the new namespace.
  using Choice = std::function<std::vector<std::string>(const RootDir& view)>;

  // The same of what `choose` names, again and again until it names nothing:
  // below one mount another may come to light. Unavailable where that has no
  // end.
  static absl::StatusOr<MountView> WithoutAll(const RootDir& root,
                                              const Choice& choose);

  const RootDir& root() const { return root_; }

 private:
  using Strip = std::function<absl::Status(const RootDir& view)>;
  static absl::StatusOr<MountView> After(const RootDir& root,
                                         const Strip& strip);

  MountView(UniqueFd name_space, UniqueFd root)
      : namespace_(std::move(name_space)), root_(std::move(root)) {}

  UniqueFd namespace_;  // keeps the mounts in place
  RootDir root_;
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_MOUNT_VIEW_H_
