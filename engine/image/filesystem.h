// The little that extgate asks of a filesystem inside an image. Read only,
// bounded, built for hostile input.
#ifndef EXTGATE_ENGINE_IMAGE_FILESYSTEM_H_
#define EXTGATE_ENGINE_IMAGE_FILESYSTEM_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "policy/tree_facts.h"

namespace extgate {

// The type in a st_mode of Linux, whose numbers every format here uses.
constexpr FileType FileTypeOfMode(uint32_t mode) {
  switch (mode & 0170000) {
    case 0100000:
      return FileType::kRegular;
    case 0040000:
      return FileType::kDirectory;
    case 0120000:
      return FileType::kSymlink;
    case 0020000:
      return FileType::kCharDevice;
    case 0060000:
      return FileType::kBlockDevice;
    case 0010000:
      return FileType::kFifo;
    case 0140000:
      return FileType::kSocket;
  }
  return FileType::kOther;
}

// The type in a directory entry of erofs and ext4, which number them alike
// (kernel linux/fs_types.h, FT_*); nullopt for none and for any other number.
std::optional<FileType> FileTypeOfEntry(uint8_t type);

struct DirectoryEntry {
  std::string name;  // raw bytes, no `/`, not `.` or `..`
  FileType type = FileType::kOther;
  friend bool operator==(const DirectoryEntry&,
                         const DirectoryEntry&) = default;
};

// The extended attributes that change what a file can do once it is merged:
// rights of a program, and what overlayfs takes from a lower layer.
inline constexpr absl::string_view kWalkedXattrs[] = {
    "security.capability",       // capabilities(7), "File capabilities"
    "trusted.overlay.opaque",    // "y": hides the directories below it; "x"
    "trusted.overlay.whiteout",  // hides the file below it, in an "x" directory
    "trusted.overlay.redirect",  // is merged with another path below it
    "user.overlay.opaque",       // the same three under `userxattr`
    "user.overlay.whiteout",    "user.overlay.redirect",
};

// What a file says of itself, symlinks not followed.
struct NodeFacts {
  FileType type = FileType::kOther;
  uint64_t size_bytes = 0;   // of the content; of a directory, its listing's
  uint16_t permissions = 0;  // 12 bits: setuid, setgid, sticky, and rwx thrice
  uint32_t uid = 0;
  uint32_t gid = 0;
  // Of a device; a character device 0, 0 is a whiteout of overlayfs.
  uint32_t device_major = 0;
  uint32_t device_minor = 0;
  std::string target;  // of a symlink
  // Those of kWalkedXattrs that it has, by full name.
  std::map<std::string, std::string> xattrs;
  friend bool operator==(const NodeFacts&, const NodeFacts&) = default;
};

// The major and minor number in what Linux encodes as a 32-bit dev_t
// (new_decode_dev() of linux/kdev_t.h), into `facts`.
void SetDevice(uint32_t encoded, NodeFacts& facts);

// Whether `name` is one of kWalkedXattrs.
bool IsWalkedXattr(absl::string_view name);

// Keeps an attribute that is one of kWalkedXattrs; of two of a name the first.
void KeepWalkedXattr(absl::string_view name, absl::string_view value,
                     NodeFacts& facts);

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

  // "erofs", "squashfs", "ext4".
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

  // Hands every file and directory to `visit` once a name, in one pass, until
  // it returns false: first the root (path ""), then each directory before
  // what is in it, names in the order of their bytes. No symlink is followed.
  // The path lives during the visit only. Beside the errors above: DataLoss
  // where a directory is met a second time; ResourceExhausted beyond 1 million
  // names, a depth of 128, or 256 MiB of listings or of attributes with the
  // targets of symlinks. What was visited before an error stands.
  virtual absl::Status Walk(
      absl::FunctionRef<bool(absl::string_view path, const NodeFacts& facts)>
          visit) = 0;
};

// The bounds of Walk().
inline constexpr uint64_t kMaxWalkedNames = 1000000;
inline constexpr size_t kMaxWalkedDepth = 128;  // parts of a path
inline constexpr uint64_t kMaxWalkedXattrBytes = 256 << 20;

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_FILESYSTEM_H_
