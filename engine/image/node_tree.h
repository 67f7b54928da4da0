// What a reader of one filesystem format supplies, and the Filesystem made of
// it: path walking, symlinks, bounds and name checks are the same for all.
#ifndef EXTGATE_ENGINE_IMAGE_NODE_TREE_H_
#define EXTGATE_ENGINE_IMAGE_NODE_TREE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/image/filesystem.h"
#include "policy/values.h"

namespace extgate {

// One name in a directory, as the directory has it.
struct TreeEntry {
  absl::string_view name;        // raw bytes; lives during the visit only
  std::optional<FileType> type;  // nullopt: the directory does not say
  uint64_t node = 0;
};

// What an inode says of itself.
struct TreeNode {
  FileType type = FileType::kOther;
  uint64_t size_bytes = 0;  // of the content; of a directory, of its listing
};

// The same in full, and how much was read for it.
struct DescribedNode {
  NodeFacts facts;
  uint64_t xattr_bytes = 0;  // gone through to find the attributes
  // Counts an attribute that was gone through, an empty one too, and keeps one
  // of kWalkedXattrs.
  void Pass(absl::string_view name, absl::string_view value);
};

// The inodes of one filesystem, named by numbers of its format. Not
// thread-safe. Errors are those of Filesystem; a number that is no inode gives
// DataLoss.
class NodeTree {
 public:
  virtual ~NodeTree() = default;

  // "erofs", "squashfs", "ext4".
  virtual std::string type() const = 0;

  // The root directory's inode.
  virtual uint64_t root() const = 0;

  virtual absl::StatusOr<TreeNode> Stat(uint64_t node) = 0;

  // All that the node says of itself, and those attributes of kWalkedXattrs
  // that it has.
  virtual absl::StatusOr<DescribedNode> Describe(uint64_t node) = 0;

  // Hands every entry of the directory to `visit` in stored order (`.` and `..`
  // may be among them), until it returns an error, which is passed on.
  virtual absl::Status Visit(
      uint64_t directory,
      absl::FunctionRef<absl::Status(const TreeEntry&)> visit) = 0;

  // The content of a regular file or the target of a symlink;
  // ResourceExhausted, before reading, when it is longer than `limit_bytes`.
  virtual absl::StatusOr<std::string> Read(uint64_t node,
                                           uint64_t limit_bytes) = 0;

  virtual absl::StatusOr<std::optional<std::string>> Xattr(
      uint64_t node, absl::string_view name) = 0;
};

// A filesystem over `tree`. Beside the bounds of Filesystem: a directory's
// listing of at most 8 MiB, 1024 path parts in one call, and 256 MiB of
// listings over its life (ResourceExhausted). A directory whose names are not
// strictly ascending by bytes, or whose entry and inode disagree about the
// type, is corrupt (DataLoss): the kernel would see it in more than one way.
std::unique_ptr<Filesystem> MakeFilesystem(std::unique_ptr<NodeTree> tree);

// The tree as it looks once it is mounted: `tree` itself for a root partition;
// for a usr partition a directory `usr` that is the root of `tree`, alone in a
// root directory. So paths and symlinks mean the same for both.
std::unique_ptr<NodeTree> MountTree(std::unique_ptr<NodeTree> tree,
                                    Designator designator);

// `root` with `usr` mounted onto its directory `usr`, whose own content is
// hidden then. Unimplemented where `usr` in it is no directory or not there:
// systemd mounts nothing then, or behind a symlink.
absl::StatusOr<std::unique_ptr<NodeTree>> MountOnUsr(
    std::unique_ptr<NodeTree> root, std::unique_ptr<NodeTree> usr);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_NODE_TREE_H_
