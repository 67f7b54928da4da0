// Way in: OpenExt4(); paths are walked by MakeFilesystem() over the inodes that
// Ext4Tree hands out.
#include "engine/image/ext4.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/image/byte_cursor.h"
#include "engine/image/ext4_directory.h"
#include "engine/image/ext4_superblock.h"
#include "engine/image/ext4_volume.h"
#include "engine/image/ext4_xattr.h"
#include "engine/image/node_tree.h"

namespace extgate {
namespace {

constexpr uint32_t kRoot = 2;
// Of an inline directory: u32 inode of the directory above, in the place of the
// block map, before its entries.
constexpr uint64_t kParentBytes = 4;

// Entries of directories that are kept, some 5 MiB.
constexpr size_t kMostListed = 65536;

class Ext4Tree : public NodeTree {
 public:
  explicit Ext4Tree(std::unique_ptr<Ext4Volume> volume)
      : volume_(std::move(volume)) {}

  std::string type() const override { return "ext4"; }
  uint64_t root() const override { return kRoot; }

  absl::StatusOr<TreeNode> Stat(uint64_t node) override {
    absl::StatusOr<Ext4Inode> inode = ReadFile(node);
    if (!inode.ok()) return inode.status();
    return TreeNode{inode->facts.type, inode->facts.size_bytes};
  }

  absl::StatusOr<DescribedNode> Describe(uint64_t node) override;

  // In the order of names, which ext4 does not store.
  absl::Status Visit(
      uint64_t directory,
      absl::FunctionRef<absl::Status(const TreeEntry&)> visit) override;

  absl::StatusOr<std::string> Read(uint64_t node,
                                   uint64_t limit_bytes) override;

  absl::StatusOr<std::optional<std::string>> Xattr(
      uint64_t node, absl::string_view name) override {
    absl::StatusOr<Ext4Inode> inode = ReadFile(node);
    if (!inode.ok()) return inode.status();
    absl::StatusOr<Ext4Xattrs> xattrs = Ext4Xattrs::Read(*volume_, *inode);
    if (!xattrs.ok()) return xattrs.status();
    return xattrs->Get(name);
  }

 private:
  // An inode that may stand in a directory.
  absl::StatusOr<Ext4Inode> ReadFile(uint64_t node);
  absl::StatusOr<std::string> ReadInline(const Ext4Inode& inode);
  absl::StatusOr<std::vector<Ext4Entry>> Entries(const Ext4Inode& directory);
  absl::StatusOr<std::vector<Ext4Entry>> InlineEntries(
      const Ext4Inode& directory);
  // Those of the directory's inode, sorted by name.
  absl::StatusOr<std::vector<Ext4Entry>> Sorted(uint64_t directory);

  const std::unique_ptr<Ext4Volume> volume_;
  // What Sorted() gave: each path is looked up from the root on.
  std::map<uint64_t, std::vector<Ext4Entry>> listed_;
  size_t listed_entries_ = 0;
};

absl::StatusOr<Ext4Inode> Ext4Tree::ReadFile(uint64_t node) {
  if (node != kRoot && node < volume_->super().first_inode) {
    return absl::DataLossError(
        absl::StrCat("ext4 inode ", node, " is no file's"));
  }
  absl::StatusOr<Ext4Inode> inode = volume_->ReadInode(node);
  if (inode.ok() && inode->holds_xattr) {
    return absl::DataLossError(
        absl::StrCat("ext4 inode ", node, " is an attribute's"));
  }
  return inode;
}

absl::StatusOr<DescribedNode> Ext4Tree::Describe(uint64_t node) {
  absl::StatusOr<Ext4Inode> inode = ReadFile(node);
  if (!inode.ok()) return inode.status();
  DescribedNode described{inode->facts, 0};
  absl::StatusOr<Ext4Xattrs> xattrs = Ext4Xattrs::Read(*volume_, *inode);
  if (!xattrs.ok()) return xattrs.status();
  for (absl::string_view name : kWalkedXattrs) {
    absl::StatusOr<std::optional<std::string>> value = xattrs->Get(name);
    if (!value.ok()) return value.status();
    if (value->has_value()) KeepWalkedXattr(name, **value, described.facts);
  }
  described.xattr_bytes = xattrs->bytes();
  return described;
}

absl::StatusOr<std::string> Ext4Tree::ReadInline(const Ext4Inode& inode) {
  absl::StatusOr<Ext4Xattrs> xattrs = Ext4Xattrs::Read(*volume_, inode);
  if (!xattrs.ok()) return xattrs.status();
  absl::StatusOr<std::optional<std::string>> rest = xattrs->InlineData();
  if (!rest.ok()) return rest.status();
  if (!rest->has_value()) {
    return absl::DataLossError(
        absl::StrCat("ext4 inode ", inode.number, " lacks its content"));
  }
  return absl::StrCat(TextOf(inode.map()), **rest);
}

absl::StatusOr<std::string> Ext4Tree::Read(uint64_t node,
                                           uint64_t limit_bytes) {
  absl::StatusOr<Ext4Inode> inode = ReadFile(node);
  if (!inode.ok()) return inode.status();
  const uint64_t size = inode->facts.size_bytes;
  if (size > limit_bytes) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "a file of ", size, " bytes, at most ", limit_bytes, " are read"));
  }
  absl::StatusOr<std::string> content;
  switch (inode->place) {
    case Ext4Inode::Place::kBlocks:
      content = volume_->ReadMapped(*inode, size);
      break;
    case Ext4Inode::Place::kMap:
      content = std::string(TextOf(inode->map()));
      break;
    case Ext4Inode::Place::kInline:
      content = ReadInline(*inode);
      break;
  }
  if (!content.ok()) return content;
  // What an inline content lacks is zeros, as in a hole.
  content->resize(size);
  // To the kernel a target ends there.
  if (inode->facts.type == FileType::kSymlink &&
      absl::StrContains(*content, '\0')) {
    return absl::DataLossError(
        absl::StrCat("ext4 inode ", node, " is a symlink with a zero byte"));
  }
  return content;
}

absl::StatusOr<std::vector<Ext4Entry>> Ext4Tree::InlineEntries(
    const Ext4Inode& directory) {
  absl::StatusOr<std::string> content = ReadInline(directory);
  if (!content.ok()) return content.status();
  const auto bytes = BytesOf(*content);
  std::vector<Ext4Entry> entries;
  const uint64_t map = directory.map().size();
  for (const auto part :
       {bytes.subspan(kParentBytes, map - kParentBytes), bytes.subspan(map)}) {
    absl::Status status =
        ParseExt4Entries(part, /*block=*/0, volume_->super(), entries);
    if (!status.ok()) return status;
  }
  return entries;
}

absl::StatusOr<std::vector<Ext4Entry>> Ext4Tree::Entries(
    const Ext4Inode& directory) {
  if (directory.place == Ext4Inode::Place::kInline) {
    return InlineEntries(directory);
  }
  const uint64_t block_bytes = volume_->super().block_bytes;
  const uint64_t size = directory.facts.size_bytes;
  if (size == 0 || size % block_bytes != 0) {
    return absl::DataLossError(
        absl::StrCat("an ext4 directory of ", size, " bytes"));
  }
  absl::StatusOr<std::string> listing = volume_->ReadMapped(directory, size);
  if (!listing.ok()) return listing.status();
  std::vector<Ext4Entry> entries;
  for (uint64_t block = 0; block < size / block_bytes; ++block) {
    const auto bytes =
        BytesOf(*listing).subspan(block * block_bytes, block_bytes);
    if (!volume_->IsWhole(directory, bytes)) {
      return absl::DataLossError("an ext4 directory contradicts its checksum");
    }
    absl::Status status =
        ParseExt4Entries(bytes, block, volume_->super(), entries);
    if (!status.ok()) return status;
  }
  if (directory.hashed) {
    absl::Status status = CheckExt4HashTree(*volume_, *listing, entries);
    if (!status.ok()) return status;
  }
  return entries;
}

absl::StatusOr<std::vector<Ext4Entry>> Ext4Tree::Sorted(uint64_t directory) {
  absl::StatusOr<Ext4Inode> inode = ReadFile(directory);
  if (!inode.ok()) return inode.status();
  absl::StatusOr<std::vector<Ext4Entry>> entries = Entries(*inode);
  if (!entries.ok()) return entries;
  std::sort(entries->begin(), entries->end(),
            [](const Ext4Entry& one, const Ext4Entry& other) {
              return one.name < other.name;
            });
  return entries;
}

absl::Status Ext4Tree::Visit(
    uint64_t directory,
    absl::FunctionRef<absl::Status(const TreeEntry&)> visit) {
  const auto visit_all = [&](const std::vector<Ext4Entry>& entries) {
    for (const Ext4Entry& entry : entries) {
      absl::Status visited = visit({entry.name, entry.type, entry.node});
      if (!visited.ok()) return visited;
    }
    return absl::OkStatus();
  };
  if (auto known = listed_.find(directory); known != listed_.end()) {
    return visit_all(known->second);
  }
  absl::StatusOr<std::vector<Ext4Entry>> entries = Sorted(directory);
  if (!entries.ok()) return entries.status();
  if (listed_entries_ + entries->size() > kMostListed) {
    return visit_all(*entries);
  }
  listed_entries_ += entries->size();
  return visit_all(
      listed_.emplace(directory, *std::move(entries)).first->second);
}

}  // namespace

absl::StatusOr<std::unique_ptr<NodeTree>> OpenExt4Tree(ImageReader& image) {
  absl::StatusOr<Ext4Superblock> super = ReadExt4Superblock(image);
  if (!super.ok()) return super.status();
  absl::StatusOr<std::unique_ptr<Ext4Volume>> volume =
      Ext4Volume::Open(image, *super);
  if (!volume.ok()) return volume.status();
  return std::make_unique<Ext4Tree>(*std::move(volume));
}

absl::StatusOr<std::unique_ptr<Filesystem>> OpenExt4(ImageReader& image,
                                                     Designator designator) {
  absl::StatusOr<std::unique_ptr<NodeTree>> tree = OpenExt4Tree(image);
  if (!tree.ok()) return tree.status();
  return MakeFilesystem(MountTree(*std::move(tree), designator));
}

}  // namespace extgate
