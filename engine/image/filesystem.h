// The little that extgate asks of a filesystem inside an image. Read only,
// bounded, built for hostile input.
#ifndef EXTGATE_ENGINE_IMAGE_FILESYSTEM_H_
#define EXTGATE_ENGINE_IMAGE_FILESYSTEM_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace extgate {

enum class FileType { kRegular, kDirectory, kSymlink, kOther };

struct DirectoryEntry {
  std::string name;  // raw bytes, no `/`, not `.` or `..`
  FileType type = FileType::kOther;
  friend bool operator==(const DirectoryEntry&,
                         const DirectoryEntry&) = default;
};

// One mounted-nowhere filesystem. Paths are relative to its root, with `/`
// between parts, without a leading one ("usr/lib"); symlinks inside are
// followed within the root, at most 32 of them.
// Errors of every call: NotFound (no such path), FailedPrecondition (a part is
// of another type), DataLoss (the filesystem is corrupt, or a block under it
// contradicts the hash tree), Unimplemented (a feature not read here; the
// message names it), ResourceExhausted (a bound was passed), Unavailable (I/O).
class Filesystem {
 public:
  virtual ~Filesystem() = default;

  // "erofs", "squashfs".
  virtual std::string type() const = 0;

  // The type of `path`, symlinks followed.
  virtual absl::StatusOr<FileType> TypeOf(absl::string_view path) = 0;

  // Entries of a directory in the order of their names' bytes; at most 65536
  // entries, else ResourceExhausted.
  virtual absl::StatusOr<std::vector<DirectoryEntry>> List(
      absl::string_view path) = 0;

  // The whole content of a regular file; ResourceExhausted if it is longer than
  // `limit_bytes`, found out without reading it.
  virtual absl::StatusOr<std::string> ReadFile(absl::string_view path,
                                               uint64_t limit_bytes) = 0;

  // The value of an extended attribute of `path`, at most 64 KiB; nullopt if
  // there is none of that full name ("user.extension-release.strict").
  virtual absl::StatusOr<std::optional<std::string>> Xattr(
      absl::string_view path, absl::string_view name) = 0;
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_FILESYSTEM_H_
