// One open directory and its entries, by single names: no path is walked twice
// and no symlink among the entries is ever followed.
#ifndef EXTGATE_ADAPTERS_DIRECTORY_H_
#define EXTGATE_ADAPTERS_DIRECTORY_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "adapters/unique_fd.h"
#include "engine/image/filesystem.h"

namespace extgate {

// Thread-compatible. Errors of every call are those of ErrnoStatus(), and
// InvalidArgument for a name that is not one part of a path.
class Directory {
 public:
  // `path` is for messages only.
  Directory(UniqueFd fd, std::string path)
      : fd_(std::move(fd)), path_(std::move(path)) {}

  // The same directory by a descriptor of its own.
  absl::StatusOr<Directory> Duplicate() const;

  int fd() const { return fd_.get(); }
  const std::string& path() const { return path_; }
  std::string PathOf(absl::string_view name) const;

  // Entries but `.` and `..` in the order of their names' bytes; symlinks are
  // kSymlink. ResourceExhausted beyond 65536 entries.
  absl::StatusOr<std::vector<DirectoryEntry>> List() const;

  absl::StatusOr<FileType> TypeOf(absl::string_view name) const;
  // In bytes; of a symlink that of its target's path.
  absl::StatusOr<uint64_t> SizeOf(absl::string_view name) const;
  absl::StatusOr<std::string> ReadLink(absl::string_view name) const;
  // openat(2) with O_CLOEXEC and O_NOFOLLOW besides `flags`.
  absl::StatusOr<UniqueFd> Open(absl::string_view name, int flags,
                                mode_t mode = 0) const;
  absl::StatusOr<Directory> OpenDirectory(absl::string_view name) const;
  // The content of a regular file, as ReadAll().
  absl::StatusOr<std::string> ReadFile(absl::string_view name,
                                       uint64_t limit_bytes) const;

  // Makes it where it is not there yet, with `mode` whatever the umask, and
  // opens it. An existing one keeps its mode.
  absl::StatusOr<Directory> MakeDirectory(absl::string_view name,
                                          mode_t mode) const;
  absl::Status MakeSymlink(absl::string_view target,
                           absl::string_view name) const;
  // Writes a hidden file beside it, syncs, and renames it over `name`: readers
  // see the old content or the new one. Not for two writers at once.
  absl::Status WriteFile(absl::string_view name, absl::string_view content,
                         mode_t mode) const;

  // Renames; FailedPrecondition when `to` has `new_name` already.
  absl::Status Move(absl::string_view name, const Directory& to,
                    absl::string_view new_name) const;
  // Swaps two entries by one renameat2(2): there is no moment without either.
  // Errors also where the file system cannot, or one of them is a mount point.
  absl::Status Exchange(absl::string_view name, const Directory& to,
                        absl::string_view other_name) const;
  // Renames over what is there.
  absl::Status Replace(absl::string_view name, const Directory& to,
                       absl::string_view new_name) const;
  // unlink(2); OK when there is nothing of that name.
  absl::Status Remove(absl::string_view name) const;
  // rmdir(2); OK when there is nothing of that name.
  absl::Status RemoveDirectory(absl::string_view name) const;

 private:
  UniqueFd fd_;
  std::string path_;
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_DIRECTORY_H_
