// Ways in: DetachMount, and MountView::After, where a thread of its own
// enters the new namespace, so that this process never leaves the old one.
#include "adapters/mount_view.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "absl/strings/str_cat.h"
#include "adapters/io_status.h"

namespace extgate {
namespace {

constexpr int kMostRounds = 64;

struct Opened {
  absl::Status status;
  UniqueFd name_space;
  UniqueFd root;
};

// Runs in the thread. `root` is a descriptor of the old namespace; the working
// directory is what moves into the new one.
absl::Status Enter(int root,
                   const std::function<absl::Status(const RootDir&)>& strip,
                   Opened& opened) {
  // First a working directory of its own, so that nobody else is moved.
  if (unshare(CLONE_FS) != 0 || fchdir(root) != 0 ||
      unshare(CLONE_NEWNS) != 0) {
    return ErrnoStatus(errno, "cannot enter a mount namespace of", "extgate");
  }
  // Before anything is taken off: no change here may reach the host.
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return ErrnoStatus(errno, "cannot make private the mounts of", "/");
  }
  UniqueFd here(open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!here.valid()) return ErrnoStatus(errno, "cannot open", ".");
  const RootDir view(std::move(here));
  if (absl::Status status = strip(view); !status.ok()) return status;
  opened.root = UniqueFd(open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  opened.name_space =
      UniqueFd(open("/proc/thread-self/ns/mnt", O_RDONLY | O_CLOEXEC));
  if (!opened.root.valid() || !opened.name_space.valid()) {
    return ErrnoStatus(errno, "cannot open", "the mount namespace");
  }
  return absl::OkStatus();
}

absl::Status DetachEach(const RootDir& view,
                        const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    absl::Status status =
        DetachMount(view, path, "cannot look below the mount on");
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

std::string DescriptorPath(const UniqueFd& directory) {
  return absl::StrCat("/proc/self/fd/", directory.get());
}

absl::Status DetachMount(const RootDir& root, absl::string_view path,
                         absl::string_view verb) {
  auto place = root.OpenAt(path, O_PATH | O_DIRECTORY);
  if (!place.ok()) return place.status();
  if (umount2(DescriptorPath(*place).c_str(), MNT_DETACH) != 0) {
    return ErrnoStatus(errno, verb, path);
  }
  return absl::OkStatus();
}

absl::StatusOr<MountView> MountView::Without(
    const RootDir& root, const std::vector<std::string>& paths) {
  return After(root,
               [&](const RootDir& view) { return DetachEach(view, paths); });
}

absl::StatusOr<MountView> MountView::WithoutAll(const RootDir& root,
                                                const Choice& choose) {
  return After(root, [&](const RootDir& view) -> absl::Status {
    for (int round = 0; round < kMostRounds; ++round) {
      const std::vector<std::string> paths = choose(view);
      if (paths.empty()) return absl::OkStatus();
      absl::Status status = DetachEach(view, paths);
      if (!status.ok()) return status;
    }
    return absl::UnavailableError(
        "below each mount that was taken off there is another");
  });
}

absl::StatusOr<MountView> MountView::After(const RootDir& root,
                                           const Strip& strip) {
  auto directory = root.OpenAt("/", O_RDONLY | O_DIRECTORY);
  if (!directory.ok()) return directory.status();
  Opened opened;
  std::thread([&] {
    opened.status = Enter(directory->get(), strip, opened);
  }).join();
  if (!opened.status.ok()) return opened.status;
  return MountView(std::move(opened.name_space), std::move(opened.root));
}

}  // namespace extgate
