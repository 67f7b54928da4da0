// Way in: OpenSquashfs(); paths are walked by MakeFilesystem() over the inodes
// that SquashfsTree hands out, named by their references.
#include "engine/image/squashfs.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/image/byte_cursor.h"
#include "engine/image/node_tree.h"
#include "engine/image/squashfs_blocks.h"
#include "engine/image/squashfs_indexes.h"
#include "engine/image/squashfs_inode.h"
#include "engine/image/squashfs_options.h"
#include "engine/image/squashfs_superblock.h"

namespace extgate {
namespace {

// A listing's size counts 3 bytes for `.` and `..`, which are not stored.
constexpr uint64_t kDots = 3;
constexpr uint64_t kHeaderSize = 12;  // u32 entries - 1, inode block, number
constexpr uint64_t kEntrySize = 8;    // u16 offset, s16, u16 type, name - 1
constexpr uint64_t kMaxRun = 256;     // entries behind one header

FileType TypeOfEntry(uint16_t type) {
  switch (type) {
    case 1:
      return FileType::kDirectory;
    case 2:
      return FileType::kRegular;
    case 3:
      return FileType::kSymlink;
    case 4:
      return FileType::kBlockDevice;
    case 5:
      return FileType::kCharDevice;
    case 6:
      return FileType::kFifo;
    case 7:
      return FileType::kSocket;
  }
  return FileType::kOther;
}

// Counts down a listing's bytes.
class Remaining {
 public:
  explicit Remaining(uint64_t bytes) : bytes_(bytes) {}
  uint64_t bytes() const { return bytes_; }
  absl::Status Use(uint64_t size) {
    if (size > bytes_) {
      return absl::DataLossError("a squashfs directory ends within an entry");
    }
    bytes_ -= size;
    return absl::OkStatus();
  }

 private:
  uint64_t bytes_;
};

class SquashfsTree : public NodeTree {
 public:
  explicit SquashfsTree(std::unique_ptr<SquashfsBlocks> blocks)
      : blocks_(std::move(blocks)) {}

  std::string type() const override { return "squashfs"; }
  uint64_t root() const override { return blocks_->super().root_inode; }

  absl::StatusOr<TreeNode> Stat(uint64_t node) override {
    absl::StatusOr<SquashfsInode> inode = ReadSquashfsInode(*blocks_, node);
    if (!inode.ok()) return inode.status();
    return TreeNode{inode->facts.type, inode->facts.size_bytes};
  }

  absl::StatusOr<DescribedNode> Describe(uint64_t node) override;

  absl::Status Visit(
      uint64_t directory,
      absl::FunctionRef<absl::Status(const TreeEntry&)> visit) override;

  absl::StatusOr<std::string> Read(uint64_t node,
                                   uint64_t limit_bytes) override {
    absl::StatusOr<SquashfsInode> inode = ReadSquashfsInode(*blocks_, node);
    if (!inode.ok()) return inode.status();
    return ReadSquashfsContent(*blocks_, *inode, limit_bytes);
  }

  absl::StatusOr<std::optional<std::string>> Xattr(
      uint64_t node, absl::string_view name) override {
    absl::StatusOr<SquashfsInode> inode = ReadSquashfsInode(*blocks_, node);
    if (!inode.ok()) return inode.status();
    return ReadSquashfsXattr(*blocks_, *inode, name);
  }

 private:
  // The entries behind one header.
  absl::Status VisitRun(
      SquashfsCursor& cursor, Remaining& remaining,
      absl::FunctionRef<absl::Status(const TreeEntry&)> visit);

  // The number that an inode's index stands for; the table is read once.
  absl::StatusOr<uint32_t> Owner(uint16_t index);

  const std::unique_ptr<SquashfsBlocks> blocks_;
  std::vector<uint32_t> owners_;
};

absl::StatusOr<DescribedNode> SquashfsTree::Describe(uint64_t node) {
  absl::StatusOr<SquashfsInode> inode = ReadSquashfsInode(*blocks_, node);
  if (!inode.ok()) return inode.status();
  DescribedNode described{inode->facts, 0};
  absl::StatusOr<uint32_t> uid = Owner(inode->uid_index);
  if (!uid.ok()) return uid.status();
  absl::StatusOr<uint32_t> gid = Owner(inode->gid_index);
  if (!gid.ok()) return gid.status();
  described.facts.uid = *uid;
  described.facts.gid = *gid;
  absl::Status visited = VisitSquashfsXattrs(
      *blocks_, *inode,
      [&described](absl::string_view name, absl::string_view value) {
        described.Pass(name, value);
        return true;
      });
  if (!visited.ok()) return visited;
  return described;
}

absl::StatusOr<uint32_t> SquashfsTree::Owner(uint16_t index) {
  if (owners_.empty()) {
    absl::StatusOr<std::vector<uint32_t>> owners = ReadSquashfsOwners(*blocks_);
    if (!owners.ok()) return owners.status();
    owners_ = *std::move(owners);
  }
  if (index >= owners_.size()) {
    return absl::DataLossError("a squashfs inode's owner is not in its table");
  }
  return owners_[index];
}

absl::Status SquashfsTree::VisitRun(
    SquashfsCursor& cursor, Remaining& remaining,
    absl::FunctionRef<absl::Status(const TreeEntry&)> visit) {
  absl::Status used = remaining.Use(kHeaderSize);
  if (!used.ok()) return used;
  absl::StatusOr<std::vector<uint8_t>> header = cursor.Take(kHeaderSize);
  if (!header.ok()) return header.status();
  const uint64_t count = uint64_t{ByteCursor(*header).U32(0)} + 1;
  const uint64_t block = ByteCursor(*header).U32(4);
  if (count > kMaxRun) {
    return absl::DataLossError("a squashfs directory has a run too long");
  }
  for (uint64_t i = 0; i < count; ++i) {
    absl::StatusOr<std::vector<uint8_t>> entry = cursor.Take(kEntrySize);
    if (!entry.ok()) return entry.status();
    ByteCursor at(*entry);
    const uint64_t name_size = uint64_t{at.U16(6)} + 1;
    used = remaining.Use(kEntrySize + name_size);
    if (!used.ok()) return used;
    absl::StatusOr<std::vector<uint8_t>> name = cursor.Take(name_size);
    if (!name.ok()) return name.status();
    TreeEntry found;
    found.name = absl::string_view(reinterpret_cast<const char*>(name->data()),
                                   name->size());
    found.type = TypeOfEntry(at.U16(4));
    found.node = (block << 16) | at.U16(0);
    absl::Status visited = visit(found);
    if (!visited.ok()) return visited;
  }
  return absl::OkStatus();
}

absl::Status SquashfsTree::Visit(
    uint64_t directory,
    absl::FunctionRef<absl::Status(const TreeEntry&)> visit) {
  absl::StatusOr<SquashfsInode> inode = ReadSquashfsInode(*blocks_, directory);
  if (!inode.ok()) return inode.status();
  if (inode->facts.size_bytes <= kDots) return absl::OkStatus();
  SquashfsCursor cursor(
      *blocks_, blocks_->super().directory_table + inode->start, inode->offset);
  Remaining remaining(inode->facts.size_bytes - kDots);
  while (remaining.bytes() > 0) {
    absl::Status visited = VisitRun(cursor, remaining, visit);
    if (!visited.ok()) return visited;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<NodeTree>> OpenSquashfsTree(ImageReader& image) {
  absl::StatusOr<SquashfsSuperblock> super = ReadSquashfsSuperblock(image);
  if (!super.ok()) return super.status();
  absl::Status indexes = CheckSquashfsIndexes(image, *super);
  if (!indexes.ok()) return indexes;
  absl::StatusOr<std::unique_ptr<SquashfsBlocks>> blocks =
      SquashfsBlocks::Create(image, *super);
  if (!blocks.ok()) return blocks.status();
  absl::Status options = CheckSquashfsOptions(**blocks, *super);
  if (!options.ok()) return options;
  return std::make_unique<SquashfsTree>(*std::move(blocks));
}

absl::StatusOr<std::unique_ptr<Filesystem>> OpenSquashfs(
    ImageReader& image, Designator designator) {
  absl::StatusOr<std::unique_ptr<NodeTree>> tree = OpenSquashfsTree(image);
  if (!tree.ok()) return tree.status();
  return MakeFilesystem(MountTree(*std::move(tree), designator));
}

}  // namespace extgate
