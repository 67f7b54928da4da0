// A filesystem in memory, for tests of what walks and reads filesystems.
#ifndef EXTGATE_ENGINE_IMAGE_MEMORY_TREE_H_
#define EXTGATE_ENGINE_IMAGE_MEMORY_TREE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/image/node_tree.h"

namespace extgate {

// Adding something adds the directories above it. Paths follow no symlinks.
class MemoryTree : public NodeTree {
 public:
  MemoryTree();

  MemoryTree& File(absl::string_view path, absl::string_view content);
  MemoryTree& Directory(absl::string_view path);
  MemoryTree& Symlink(absl::string_view path, absl::string_view target);
  MemoryTree& Device(absl::string_view path);  // character device 1, 3
  // Of another type than the above.
  MemoryTree& Special(absl::string_view path, FileType type);
  // Permissions, owner and device numbers; 0 before.
  MemoryTree& SetFacts(absl::string_view path, const NodeFacts& facts);
  MemoryTree& SetXattr(absl::string_view path, absl::string_view name,
                       absl::string_view value);

  // What a corrupt image could say.
  MemoryTree& SetSize(absl::string_view path, uint64_t size_bytes);
  MemoryTree& SetError(absl::string_view path, absl::Status error);
  // An entry as it is given, at the end of its directory.
  MemoryTree& RawEntry(absl::string_view directory, absl::string_view name,
                       std::optional<FileType> type, uint64_t node);
  uint64_t NodeOf(absl::string_view path);

  std::string type() const override { return "memory"; }
  uint64_t root() const override { return 0; }
  absl::StatusOr<TreeNode> Stat(uint64_t node) override;
  absl::StatusOr<DescribedNode> Describe(uint64_t node) override;
  absl::Status Visit(
      uint64_t directory,
      absl::FunctionRef<absl::Status(const TreeEntry&)> visit) override;
  absl::StatusOr<std::string> Read(uint64_t node,
                                   uint64_t limit_bytes) override;
  absl::StatusOr<std::optional<std::string>> Xattr(
      uint64_t node, absl::string_view name) override;

 private:
  struct Raw {
    std::string name;
    std::optional<FileType> type;
    uint64_t node = 0;
  };
  struct Node {
    FileType type = FileType::kDirectory;
    std::string content;
    std::map<std::string, uint64_t> children;
    std::vector<Raw> raw;
    std::map<std::string, std::string> xattrs;
    NodeFacts facts;
    std::optional<uint64_t> size_bytes;
    absl::Status error;
  };

  // The node of `path`, made as a directory if it is not there.
  Node& Make(absl::string_view path);

  std::vector<std::unique_ptr<Node>> nodes_;
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_MEMORY_TREE_H_
