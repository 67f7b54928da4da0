// Ways in: MountTree() and MountOnUsr().
#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/image/node_tree.h"

namespace extgate {
namespace {

// No format gives this number to an inode that exists.
constexpr uint64_t kRootNode = ~uint64_t{0};

// A root directory that holds nothing but `usr`.
class UsrTree : public NodeTree {
 public:
  explicit UsrTree(std::unique_ptr<NodeTree> usr) : usr_(std::move(usr)) {}

  std::string type() const override { return usr_->type(); }
  uint64_t root() const override { return kRootNode; }

  absl::StatusOr<TreeNode> Stat(uint64_t node) override {
    if (node == kRootNode) return TreeNode{FileType::kDirectory, 0};
    return usr_->Stat(node);
  }

  absl::StatusOr<DescribedNode> Describe(uint64_t node) override {
    if (node != kRootNode) return usr_->Describe(node);
    DescribedNode root;
    root.facts.type = FileType::kDirectory;
    root.facts.permissions = 0755;
    return root;
  }

  absl::Status Visit(
      uint64_t directory,
      absl::FunctionRef<absl::Status(const TreeEntry&)> visit) override {
    if (directory != kRootNode) return usr_->Visit(directory, visit);
    return visit(TreeEntry{"usr", FileType::kDirectory, usr_->root()});
  }

  absl::StatusOr<std::string> Read(uint64_t node,
                                   uint64_t limit_bytes) override {
    return usr_->Read(node, limit_bytes);
  }

  absl::StatusOr<std::optional<std::string>> Xattr(
      uint64_t node, absl::string_view name) override {
    if (node == kRootNode) return std::optional<std::string>();
    return usr_->Xattr(node, name);
  }

 private:
  const std::unique_ptr<NodeTree> usr_;
};

// Marks the inodes of the usr partition. No inode of a file that fits on a disk
// has so high a number; one that claims to is corrupt.
constexpr uint64_t kUpper = uint64_t{1} << 63;
constexpr char kMountPoint[] = "usr";

// Two trees in one.
class BothTree : public NodeTree {
 public:
  BothTree(std::unique_ptr<NodeTree> root, std::unique_ptr<NodeTree> usr)
      : root_(std::move(root)), usr_(std::move(usr)) {}

  std::string type() const override {
    if (root_->type() == usr_->type()) return usr_->type();
    return absl::StrCat(root_->type(), "+", usr_->type());
  }
  uint64_t root() const override { return root_->root(); }

  absl::StatusOr<TreeNode> Stat(uint64_t node) override {
    return TreeOf(node).Stat(NumberIn(node));
  }

  absl::StatusOr<DescribedNode> Describe(uint64_t node) override {
    return TreeOf(node).Describe(NumberIn(node));
  }

  absl::Status Visit(
      uint64_t directory,
      absl::FunctionRef<absl::Status(const TreeEntry&)> visit) override {
    const uint64_t mark = directory & kUpper;
    return TreeOf(directory).Visit(
        NumberIn(directory), [&](const TreeEntry& entry) -> absl::Status {
          if (directory == root_->root() && entry.name == kMountPoint) {
            return visit(
                {entry.name, FileType::kDirectory, usr_->root() | kUpper});
          }
          if ((entry.node & kUpper) != 0) {
            return absl::DataLossError("an inode beyond the filesystem");
          }
          return visit({entry.name, entry.type, entry.node | mark});
        });
  }

  absl::StatusOr<std::string> Read(uint64_t node,
                                   uint64_t limit_bytes) override {
    return TreeOf(node).Read(NumberIn(node), limit_bytes);
  }

  absl::StatusOr<std::optional<std::string>> Xattr(
      uint64_t node, absl::string_view name) override {
    return TreeOf(node).Xattr(NumberIn(node), name);
  }

 private:
  NodeTree& TreeOf(uint64_t node) {
    return (node & kUpper) != 0 ? *usr_ : *root_;
  }
  static uint64_t NumberIn(uint64_t node) { return node & ~kUpper; }

  const std::unique_ptr<NodeTree> root_;
  const std::unique_ptr<NodeTree> usr_;
};

// Whether the root directory of `root` has a directory to mount on.
absl::Status CheckMountPoint(NodeTree& root) {
  std::optional<uint64_t> found;
  absl::Status status =
      root.Visit(root.root(), [&](const TreeEntry& entry) -> absl::Status {
        if (entry.name == kMountPoint) found = entry.node;
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  if (!found.has_value()) {
    return absl::UnimplementedError("a root partition without /usr beside usr");
  }
  const absl::StatusOr<TreeNode> node = root.Stat(*found);
  if (!node.ok()) return node.status();
  if (node->type != FileType::kDirectory) {
    return absl::UnimplementedError(
        "a root partition whose /usr is no directory beside usr");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<NodeTree>> MountOnUsr(
    std::unique_ptr<NodeTree> root, std::unique_ptr<NodeTree> usr) {
  if (((root->root() | usr->root()) & kUpper) != 0) {
    return absl::DataLossError("an inode beyond the filesystem");
  }
  absl::Status status = CheckMountPoint(*root);
  if (!status.ok()) return status;
  return std::make_unique<BothTree>(std::move(root), std::move(usr));
}

std::unique_ptr<NodeTree> MountTree(std::unique_ptr<NodeTree> tree,
                                    Designator designator) {
  switch (designator) {
    case Designator::kRoot:
      return tree;
    case Designator::kUsr:
      return std::make_unique<UsrTree>(std::move(tree));
  }
  return tree;
}

}  // namespace extgate
