// A directory that stands for `/`: whatever a path or a symlink below it says,
// nothing outside of it is opened. How --root is kept.
#ifndef EXTGATE_ADAPTERS_ROOT_DIR_H_
#define EXTGATE_ADAPTERS_ROOT_DIR_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "adapters/directory.h"
#include "adapters/unique_fd.h"
#include "engine/image/filesystem.h"

namespace extgate {

// Thread-compatible. Paths are as a process in a chroot(2) would write them;
// absolute symlinks and `..` end at the root; procfs' magic links are refused.
// Errors of every call are those of ErrnoStatus().
class RootDir {
 public:
  // Opens `path` of the host, once; a later rename of it changes nothing.
  static absl::StatusOr<RootDir> Open(const std::string& path);

  // Takes an open directory as root.
  explicit RootDir(UniqueFd fd) : fd_(std::move(fd)) {}

  // openat2(2) with O_CLOEXEC besides `flags`. A kernel before 5.6 has no such
  // call: there it is openat(2) when this is the host's own root, else
  // Unavailable.
  absl::StatusOr<UniqueFd> OpenAt(absl::string_view path, int flags,
                                  mode_t mode = 0) const;

  // A regular file for reading. FailedPrecondition for anything else, which is
  // never opened but as a path: no FIFO waits and no device is touched.
  absl::StatusOr<UniqueFd> OpenRegular(absl::string_view path) const;
  absl::StatusOr<Directory> OpenDirectory(absl::string_view path) const;

  // What `path` is, symlinks followed.
  absl::StatusOr<FileType> TypeOf(absl::string_view path) const;
  // True when there is something of that name; a dangling symlink is.
  bool Exists(absl::string_view path) const;

  // The whole content of a regular file, as ReadAll().
  absl::StatusOr<std::string> ReadSmallFile(absl::string_view path,
                                            uint64_t limit_bytes) const;
  // As Directory::List().
  absl::StatusOr<std::vector<DirectoryEntry>> ListDirectory(
      absl::string_view path) const;
  // As `mkdir -p -m MODE`, for all that are missing; opens the last one.
  absl::StatusOr<Directory> MakeDirectories(absl::string_view path,
                                            mode_t mode) const;

 private:
  UniqueFd fd_;
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_ROOT_DIR_H_
