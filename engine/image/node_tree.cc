// Way in: MakeFilesystem(); each call of Filesystem but Walk() resolves its
// path with Resolve(); directories are read with Scan() only.
#include "engine/image/node_tree.h"

#include <algorithm>
#include <cstddef>
#include <unordered_set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "policy/printable.h"

namespace extgate {
namespace {

constexpr size_t kMaxEntries = 65536;
constexpr uint64_t kMaxListingBytes = 8 << 20;
constexpr uint64_t kMaxScannedBytes = 256 << 20;
constexpr int kMaxSymlinks = 32;
constexpr int kMaxParts = 1024;
constexpr uint64_t kMaxTargetBytes = 4095;  // PATH_MAX without its NUL
constexpr size_t kMaxNameBytes = 255;
constexpr uint64_t kXattrOverhead = 8;  // bytes of an empty attribute

std::string Quoted(absl::string_view text) {
  return absl::StrCat("`", PrintableText(text), "`");
}

absl::Status BadName(absl::string_view name) {
  return absl::DataLossError(
      absl::StrCat("a directory holds the name ", Quoted(name)));
}

absl::Status OtherType(absl::string_view name) {
  return absl::DataLossError(
      absl::StrCat("the directory entry ", Quoted(name),
                   " is of another type than its inode"));
}

// The parts of a path that are still to walk, last first.
class PendingParts {
 public:
  void Push(absl::string_view path) {
    std::vector<std::string> parts = absl::StrSplit(path, '/');
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
      if (!part->empty() && *part != ".") parts_.push_back(std::move(*part));
    }
  }
  bool empty() const { return parts_.empty(); }
  std::string Pop() {
    std::string part = std::move(parts_.back());
    parts_.pop_back();
    return part;
  }

 private:
  std::vector<std::string> parts_;
};

// One directory of a walk, and what of it is still to visit, last first.
struct Level {
  struct Name {
    std::string name;
    std::optional<FileType> type;
    uint64_t node = 0;
  };
  std::vector<Name> pending;
  size_t path_size = 0;  // of the directory's own path
};

// What a walk has used up of its bounds.
struct WalkState {
  uint64_t names = 0;
  uint64_t xattr_bytes = 0;
  std::unordered_set<uint64_t> directories;
};

struct Resolved {
  uint64_t node = 0;
  TreeNode facts;
};

class NodeFilesystem : public Filesystem {
 public:
  explicit NodeFilesystem(std::unique_ptr<NodeTree> tree)
      : tree_(std::move(tree)) {}

  std::string type() const override { return tree_->type(); }

  absl::StatusOr<FileType> TypeOf(absl::string_view path) override {
    absl::StatusOr<Resolved> found = Resolve(path);
    if (!found.ok()) return found.status();
    return found->facts.type;
  }

  absl::StatusOr<std::vector<DirectoryEntry>> List(
      absl::string_view path) override;

  absl::StatusOr<std::string> ReadFile(absl::string_view path,
                                       uint64_t limit_bytes) override;

  absl::StatusOr<std::optional<std::string>> Xattr(
      absl::string_view path, absl::string_view name) override {
    absl::StatusOr<Resolved> found = Resolve(path);
    if (!found.ok()) return found.status();
    return tree_->Xattr(found->node, name);
  }

  absl::Status Walk(absl::FunctionRef<bool(absl::string_view, const NodeFacts&)>
                        visit) override;

 private:
  absl::StatusOr<Resolved> Resolve(absl::string_view path);
  // Visits the entries of a directory but `.` and `..`, checking their order.
  absl::Status Scan(const Resolved& directory,
                    absl::FunctionRef<absl::Status(const TreeEntry&)> visit);
  // The inode of `name`, and what it says of itself.
  absl::StatusOr<Resolved> Lookup(const Resolved& directory,
                                  absl::string_view name);

  // A node that Walk() has come to.
  absl::StatusOr<NodeFacts> Describe(absl::string_view path, uint64_t node,
                                     std::optional<FileType> type,
                                     WalkState& state);
  // The names in a directory that Walk() goes into.
  absl::StatusOr<Level> Enter(absl::string_view path, uint64_t node,
                              const NodeFacts& facts, WalkState& state);

  std::unique_ptr<NodeTree> tree_;
  uint64_t scanned_bytes_ = 0;
};

absl::Status NodeFilesystem::Scan(
    const Resolved& directory,
    absl::FunctionRef<absl::Status(const TreeEntry&)> visit) {
  if (directory.facts.size_bytes > kMaxListingBytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("a directory of ", directory.facts.size_bytes, " bytes"));
  }
  scanned_bytes_ += directory.facts.size_bytes;
  if (scanned_bytes_ > kMaxScannedBytes) {
    return absl::ResourceExhaustedError(
        "looking up paths took more than 256 MiB of directory listings");
  }
  std::string previous;
  size_t count = 0;
  return tree_->Visit(
      directory.node, [&](const TreeEntry& entry) -> absl::Status {
        const absl::string_view name = entry.name;
        if (name.empty() || name.size() > kMaxNameBytes ||
            absl::StrContains(name, '/') ||
            absl::StrContains(name, absl::string_view("\0", 1))) {
          return BadName(name);
        }
        if (count > 0 && name <= previous) {
          return absl::DataLossError(absl::StrCat(
              "a directory has ", Quoted(name), " after ", Quoted(previous)));
        }
        previous.assign(name.data(), name.size());
        if (++count > kMaxEntries + 2) {
          return absl::ResourceExhaustedError(
              absl::StrCat("a directory of more than ", kMaxEntries, " names"));
        }
        if (name == "." || name == "..") return absl::OkStatus();
        return visit(entry);
      });
}

absl::StatusOr<Resolved> NodeFilesystem::Lookup(const Resolved& directory,
                                                absl::string_view name) {
  std::optional<uint64_t> node;
  std::optional<FileType> type;
  absl::Status scanned = Scan(directory, [&](const TreeEntry& entry) {
    if (entry.name == name) {
      node = entry.node;
      type = entry.type;
    }
    return absl::OkStatus();
  });
  if (!scanned.ok()) return scanned;
  if (!node.has_value()) {
    return absl::NotFoundError(absl::StrCat("no ", Quoted(name)));
  }
  absl::StatusOr<TreeNode> facts = tree_->Stat(*node);
  if (!facts.ok()) return facts.status();
  if (type.has_value() && *type != facts->type) {
    return OtherType(name);
  }
  return Resolved{*node, *facts};
}

absl::StatusOr<Resolved> NodeFilesystem::Resolve(absl::string_view path) {
  absl::StatusOr<TreeNode> root = tree_->Stat(tree_->root());
  if (!root.ok()) return root.status();
  if (root->type != FileType::kDirectory) {
    return absl::DataLossError("the root inode is not a directory");
  }
  std::vector<Resolved> walked = {Resolved{tree_->root(), *root}};
  PendingParts pending;
  pending.Push(path);
  int symlinks = 0;
  for (int parts = 0; !pending.empty(); ++parts) {
    if (parts == kMaxParts) {
      return absl::ResourceExhaustedError(absl::StrCat(
          Quoted(path), " leads over more than ", kMaxParts, " parts"));
    }
    const std::string part = pending.Pop();
    if (walked.back().facts.type != FileType::kDirectory) {
      return absl::FailedPreconditionError(
          absl::StrCat(Quoted(path), ": what stands before ", Quoted(part),
                       " is not a directory"));
    }
    if (part == "..") {
      if (walked.size() > 1) walked.pop_back();
      continue;
    }
    absl::StatusOr<Resolved> next = Lookup(walked.back(), part);
    if (!next.ok()) return next.status();
    if (next->facts.type != FileType::kSymlink) {
      walked.push_back(*std::move(next));
      continue;
    }
    if (++symlinks > kMaxSymlinks) {
      return absl::ResourceExhaustedError(absl::StrCat(
          Quoted(path), " leads over more than ", kMaxSymlinks, " symlinks"));
    }
    absl::StatusOr<std::string> target =
        tree_->Read(next->node, kMaxTargetBytes);
    if (!target.ok()) return target.status();
    if (target->empty()) return absl::DataLossError("a symlink is empty");
    if (target->front() == '/') walked.resize(1);
    pending.Push(*target);
  }
  return walked.back();
}

absl::StatusOr<std::vector<DirectoryEntry>> NodeFilesystem::List(
    absl::string_view path) {
  absl::StatusOr<Resolved> found = Resolve(path);
  if (!found.ok()) return found.status();
  if (found->facts.type != FileType::kDirectory) {
    return absl::FailedPreconditionError(
        absl::StrCat(Quoted(path), " is not a directory"));
  }
  std::vector<DirectoryEntry> entries;
  absl::Status scanned =
      Scan(*found, [&](const TreeEntry& entry) -> absl::Status {
        std::optional<FileType> type = entry.type;
        if (!type.has_value()) {
          absl::StatusOr<TreeNode> facts = tree_->Stat(entry.node);
          if (!facts.ok()) return facts.status();
          type = facts->type;
        }
        entries.push_back(DirectoryEntry{std::string(entry.name), *type});
        return absl::OkStatus();
      });
  if (!scanned.ok()) return scanned;
  if (entries.size() > kMaxEntries) {
    return absl::ResourceExhaustedError(
        absl::StrCat("a directory of more than ", kMaxEntries, " names"));
  }
  return entries;
}

absl::StatusOr<std::string> NodeFilesystem::ReadFile(absl::string_view path,
                                                     uint64_t limit_bytes) {
  absl::StatusOr<Resolved> found = Resolve(path);
  if (!found.ok()) return found.status();
  if (found->facts.type != FileType::kRegular) {
    return absl::FailedPreconditionError(
        absl::StrCat(Quoted(path), " is not a regular file"));
  }
  return tree_->Read(found->node, limit_bytes);
}

absl::StatusOr<NodeFacts> NodeFilesystem::Describe(absl::string_view path,
                                                   uint64_t node,
                                                   std::optional<FileType> type,
                                                   WalkState& state) {
  absl::StatusOr<DescribedNode> described = tree_->Describe(node);
  if (!described.ok()) return described.status();
  if (type.has_value() && *type != described->facts.type) {
    return OtherType(path);
  }
  if (described->facts.type == FileType::kSymlink) {
    absl::StatusOr<std::string> target = tree_->Read(node, kMaxTargetBytes);
    if (!target.ok()) return target.status();
    described->facts.target = *std::move(target);
  }
  state.xattr_bytes += described->xattr_bytes + described->facts.target.size();
  if (state.xattr_bytes > kMaxWalkedXattrBytes) {
    return absl::ResourceExhaustedError(
        "the attributes of all files and the targets of symlinks exceed 256 "
        "MiB");
  }
  return std::move(described->facts);
}

absl::StatusOr<Level> NodeFilesystem::Enter(absl::string_view path,
                                            uint64_t node,
                                            const NodeFacts& facts,
                                            WalkState& state) {
  if (!state.directories.insert(node).second) {
    return absl::DataLossError(absl::StrCat("the directory ", Quoted(path),
                                            " stands in another place too"));
  }
  Level level;
  level.path_size = path.size();
  absl::Status scanned =
      Scan({node, {facts.type, facts.size_bytes}},
           [&](const TreeEntry& entry) -> absl::Status {
             if (++state.names > kMaxWalkedNames) {
               return absl::ResourceExhaustedError(absl::StrCat(
                   "the filesystem has more than ", kMaxWalkedNames, " names"));
             }
             level.pending.push_back(
                 {std::string(entry.name), entry.type, entry.node});
             return absl::OkStatus();
           });
  if (!scanned.ok()) return scanned;
  std::reverse(level.pending.begin(), level.pending.end());
  return level;
}

absl::Status NodeFilesystem::Walk(
    absl::FunctionRef<bool(absl::string_view, const NodeFacts&)> visit) {
  WalkState state;
  std::string path;
  absl::StatusOr<NodeFacts> facts =
      Describe(path, tree_->root(), FileType::kDirectory, state);
  if (!facts.ok()) return facts.status();
  if (!visit(path, *facts)) return absl::OkStatus();
  absl::StatusOr<Level> root = Enter(path, tree_->root(), *facts, state);
  if (!root.ok()) return root.status();
  std::vector<Level> levels;
  levels.push_back(*std::move(root));
  while (!levels.empty()) {
    Level& level = levels.back();
    path.resize(level.path_size);
    if (level.pending.empty()) {
      levels.pop_back();
      continue;
    }
    const Level::Name next = std::move(level.pending.back());
    level.pending.pop_back();
    absl::StrAppend(&path, path.empty() ? "" : "/", next.name);
    if (levels.size() > kMaxWalkedDepth) {
      return absl::ResourceExhaustedError(
          absl::StrCat(Quoted(path), " is more than ", kMaxWalkedDepth,
                       " directories deep"));
    }
    facts = Describe(path, next.node, next.type, state);
    if (!facts.ok()) return facts.status();
    if (!visit(path, *facts)) return absl::OkStatus();
    if (facts->type != FileType::kDirectory) continue;
    absl::StatusOr<Level> below = Enter(path, next.node, *facts, state);
    if (!below.ok()) return below.status();
    levels.push_back(*std::move(below));
  }
  return absl::OkStatus();
}

}  // namespace

void DescribedNode::Pass(absl::string_view name, absl::string_view value) {
  xattr_bytes += kXattrOverhead + name.size() + value.size();
  KeepWalkedXattr(name, value, facts);
}

std::unique_ptr<Filesystem> MakeFilesystem(std::unique_ptr<NodeTree> tree) {
  return std::make_unique<NodeFilesystem>(std::move(tree));
}

}  // namespace extgate
