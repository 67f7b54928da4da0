// Way in: MemoryTree; NodeOf() makes what is missing.
#include "engine/image/memory_tree.h"

#include "absl/status/status.h"
#include "absl/strings/str_split.h"

namespace extgate {

MemoryTree::MemoryTree() { nodes_.push_back(std::make_unique<Node>()); }

uint64_t MemoryTree::NodeOf(absl::string_view path) {
  uint64_t node = 0;
  for (absl::string_view part : absl::StrSplit(path, '/', absl::SkipEmpty())) {
    const uint64_t next = nodes_.size();
    const auto [child, added] =
        nodes_[node]->children.emplace(std::string(part), next);
    node = child->second;
    if (added) nodes_.push_back(std::make_unique<Node>());
  }
  return node;
}

MemoryTree::Node& MemoryTree::Make(absl::string_view path) {
  return *nodes_[NodeOf(path)];
}

MemoryTree& MemoryTree::File(absl::string_view path,
                             absl::string_view content) {
  Node& node = Make(path);
  node.type = FileType::kRegular;
  node.content = std::string(content);
  return *this;
}

MemoryTree& MemoryTree::Directory(absl::string_view path) {
  Make(path);
  return *this;
}

MemoryTree& MemoryTree::Symlink(absl::string_view path,
                                absl::string_view target) {
  File(path, target);
  Make(path).type = FileType::kSymlink;
  return *this;
}

MemoryTree& MemoryTree::Device(absl::string_view path) {
  Special(path, FileType::kCharDevice);
  Make(path).facts.device_major = 1;
  Make(path).facts.device_minor = 3;
  return *this;
}

MemoryTree& MemoryTree::Special(absl::string_view path, FileType type) {
  Make(path).type = type;
  return *this;
}

MemoryTree& MemoryTree::SetFacts(absl::string_view path,
                                 const NodeFacts& facts) {
  Make(path).facts = facts;
  return *this;
}

MemoryTree& MemoryTree::SetXattr(absl::string_view path, absl::string_view name,
                                 absl::string_view value) {
  Make(path).xattrs[std::string(name)] = std::string(value);
  return *this;
}

MemoryTree& MemoryTree::SetSize(absl::string_view path, uint64_t size_bytes) {
  Make(path).size_bytes = size_bytes;
  return *this;
}

MemoryTree& MemoryTree::SetError(absl::string_view path, absl::Status error) {
  Make(path).error = std::move(error);
  return *this;
}

MemoryTree& MemoryTree::RawEntry(absl::string_view directory,
                                 absl::string_view name,
                                 std::optional<FileType> type, uint64_t node) {
  Make(directory).raw.push_back({std::string(name), type, node});
  return *this;
}

absl::StatusOr<TreeNode> MemoryTree::Stat(uint64_t node) {
  if (node >= nodes_.size()) return absl::DataLossError("no such node");
  const Node& found = *nodes_[node];
  return TreeNode{found.type,
                  found.size_bytes.value_or(
                      found.content.size() +
                      32 * (found.children.size() + found.raw.size()))};
}

absl::StatusOr<DescribedNode> MemoryTree::Describe(uint64_t node) {
  absl::StatusOr<TreeNode> stat = Stat(node);
  if (!stat.ok()) return stat.status();
  DescribedNode described{nodes_[node]->facts, 0};
  described.facts.type = stat->type;
  described.facts.size_bytes = stat->size_bytes;
  for (const auto& [name, value] : nodes_[node]->xattrs) {
    described.Pass(name, value);
  }
  return described;
}

absl::Status MemoryTree::Visit(
    uint64_t directory,
    absl::FunctionRef<absl::Status(const TreeEntry&)> visit) {
  const Node& found = *nodes_[directory];
  if (!found.error.ok()) return found.error;
  for (const auto& [name, node] : found.children) {
    absl::Status visited = visit({name, nodes_[node]->type, node});
    if (!visited.ok()) return visited;
  }
  for (const Raw& raw : found.raw) {
    absl::Status visited = visit({raw.name, raw.type, raw.node});
    if (!visited.ok()) return visited;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> MemoryTree::Read(uint64_t node,
                                             uint64_t limit_bytes) {
  const Node& found = *nodes_[node];
  if (!found.error.ok()) return found.error;
  if (found.size_bytes.value_or(found.content.size()) > limit_bytes) {
    return absl::ResourceExhaustedError("a file too long");
  }
  return found.content;
}

absl::StatusOr<std::optional<std::string>> MemoryTree::Xattr(
    uint64_t node, absl::string_view name) {
  const auto found = nodes_[node]->xattrs.find(std::string(name));
  if (found == nodes_[node]->xattrs.end()) return std::nullopt;
  return found->second;
}

}  // namespace extgate
