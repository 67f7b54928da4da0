// Way in: InMountNamespace.
#include "adapters/testing/mount_namespace.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"

namespace extgate {

int InMountNamespace(TempRoot& root, const std::function<int()>& test) {
  const pid_t child = fork();
  if (child == 0) {
    if (unshare(CLONE_NEWNS) != 0 ||
        mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
      _exit(kNoRightToMount);
    }
    root.Reopen();
    _exit(test());
  }
  int state = 0;
  if (child < 0 || waitpid(child, &state, 0) != child) return -1;
  return WIFEXITED(state) ? WEXITSTATUS(state) : -1;
}

bool MountTmpfs(TempRoot& root, const std::string& path,
                const std::string& options) {
  root.Directory(path);
  const bool mounted =
      mount("tmpfs", root.At(path).c_str(), "tmpfs", 0, options.c_str()) == 0;
  root.Reopen();
  return mounted;
}

bool MountExtension(TempRoot& root, const std::string& path,
                    const std::string& layer, const std::string& marker) {
  const std::string on = root.At(path);
  root.Directory(absl::StrCat(layer, "/upper"));
  root.Directory(absl::StrCat(layer, "/work"));
  const std::string options =
      absl::StrCat("lowerdir=", on, ",upperdir=", root.At(layer), "/upper",
                   ",workdir=", root.At(layer), "/work");
  if (mount("overlay", on.c_str(), "overlay", 0, options.c_str()) != 0) {
    return false;
  }
  struct stat info;
  if (stat(on.c_str(), &info) != 0) return false;
  root.Reopen();
  root.File(absl::StrCat(path, "/", marker),
            absl::StrCat(major(info.st_dev), ":", minor(info.st_dev), "\n"));
  root.Reopen();
  return true;
}

}  // namespace extgate
