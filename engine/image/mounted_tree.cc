// Way in: MountTree().
#include <cstdint>
#include <utility>

#include "absl/status/status.h"
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

}  // namespace

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
