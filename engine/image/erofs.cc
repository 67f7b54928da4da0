// Way in: OpenErofs(); paths are walked by MakeFilesystem() over the inodes
// that ErofsTree hands out.
#include "engine/image/erofs.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/image/byte_cursor.h"
#include "engine/image/erofs_data.h"
#include "engine/image/erofs_inode.h"
#include "engine/image/erofs_superblock.h"
#include "engine/image/node_tree.h"

namespace extgate {
namespace {

// A directory entry: u64 inode, u16 offset of its name within the directory
// block, u8 type, u8 reserved.
constexpr uint64_t kEntrySize = 12;

absl::Status BadDirectory(absl::string_view why) {
  return absl::DataLossError(absl::StrCat("an erofs directory ", why));
}

// The entries of one directory block: fixed parts first, then the names. The
// last name ends with the block or before its first NUL.
absl::Status VisitBlock(
    absl::Span<const uint8_t> block,
    absl::FunctionRef<absl::Status(const TreeEntry&)> visit) {
  ByteCursor at(block);
  const uint64_t names = at.U16(8);  // where the first name begins
  if (!at.ok() || names < kEntrySize || names % kEntrySize != 0 ||
      names > block.size()) {
    return BadDirectory("has its first name at the wrong place");
  }
  const absl::string_view text(reinterpret_cast<const char*>(block.data()),
                               block.size());
  const uint64_t count = names / kEntrySize;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t begin = at.U16(i * kEntrySize + 8);
    const uint64_t end =
        i + 1 < count ? at.U16((i + 1) * kEntrySize + 8) : block.size();
    if (begin < names || begin > end || end > block.size()) {
      return BadDirectory("has a name at the wrong place");
    }
    TreeEntry entry;
    entry.name = text.substr(begin, end - begin);
    if (i + 1 == count) {
      const size_t nul = entry.name.find('\0');
      if (nul != absl::string_view::npos)
        entry.name = entry.name.substr(0, nul);
    }
    entry.node = at.U64(i * kEntrySize);
    entry.type = FileTypeOfEntry(at.U8(i * kEntrySize + 10));
    absl::Status visited = visit(entry);
    if (!visited.ok()) return visited;
  }
  return absl::OkStatus();
}

class ErofsTree : public NodeTree {
 public:
  ErofsTree(ImageReader& image, const ErofsSuperblock& super)
      : image_(image), super_(super) {}

  std::string type() const override { return "erofs"; }
  uint64_t root() const override { return super_.root_node; }

  absl::StatusOr<TreeNode> Stat(uint64_t node) override {
    absl::StatusOr<ErofsInode> inode = Inode(node);
    if (!inode.ok()) return inode.status();
    return TreeNode{inode->facts.type, inode->facts.size_bytes};
  }

  absl::StatusOr<DescribedNode> Describe(uint64_t node) override {
    absl::StatusOr<ErofsInode> inode = Inode(node);
    if (!inode.ok()) return inode.status();
    DescribedNode described{inode->facts, 0};
    absl::Status visited = VisitErofsXattrs(
        image_, super_, *inode,
        [&described](absl::string_view name, absl::string_view value) {
          described.Pass(name, value);
          return true;
        });
    if (!visited.ok()) return visited;
    return described;
  }

  absl::Status Visit(
      uint64_t directory,
      absl::FunctionRef<absl::Status(const TreeEntry&)> visit) override {
    absl::StatusOr<ErofsInode> inode = Inode(directory);
    if (!inode.ok()) return inode.status();
    std::vector<uint8_t> block;
    for (uint64_t offset = 0; offset < inode->facts.size_bytes;
         offset += super_.block_bytes()) {
      block.resize(
          std::min(super_.block_bytes(), inode->facts.size_bytes - offset));
      absl::Status read =
          ReadErofsData(image_, super_, *inode, offset, absl::MakeSpan(block));
      if (!read.ok()) return read;
      absl::Status visited = VisitBlock(block, visit);
      if (!visited.ok()) return visited;
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> Read(uint64_t node,
                                   uint64_t limit_bytes) override {
    absl::StatusOr<ErofsInode> inode = Inode(node);
    if (!inode.ok()) return inode.status();
    if (inode->facts.size_bytes > limit_bytes) {
      return absl::ResourceExhaustedError(
          absl::StrCat("a file of ", inode->facts.size_bytes,
                       " bytes, at most ", limit_bytes, " are read"));
    }
    std::string content(inode->facts.size_bytes, '\0');
    absl::Status read =
        ReadErofsData(image_, super_, *inode, 0,
                      absl::MakeSpan(reinterpret_cast<uint8_t*>(content.data()),
                                     content.size()));
    if (!read.ok()) return read;
    return content;
  }

  absl::StatusOr<std::optional<std::string>> Xattr(
      uint64_t node, absl::string_view name) override {
    absl::StatusOr<ErofsInode> inode = Inode(node);
    if (!inode.ok()) return inode.status();
    return ReadErofsXattr(image_, super_, *inode, name);
  }

 private:
  // The last one is kept: who looks at an inode goes on to what it holds.
  absl::StatusOr<ErofsInode> Inode(uint64_t node) {
    if (last_.has_value() && last_->node == node) return *last_;
    absl::StatusOr<ErofsInode> inode = ReadErofsInode(image_, super_, node);
    if (inode.ok()) last_ = *inode;
    return inode;
  }

  ImageReader& image_;
  const ErofsSuperblock super_;
  std::optional<ErofsInode> last_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<NodeTree>> OpenErofsTree(ImageReader& image) {
  absl::StatusOr<ErofsSuperblock> super = ReadErofsSuperblock(image);
  if (!super.ok()) return super.status();
  return std::make_unique<ErofsTree>(image, *super);
}

absl::StatusOr<std::unique_ptr<Filesystem>> OpenErofs(ImageReader& image,
                                                      Designator designator) {
  absl::StatusOr<std::unique_ptr<NodeTree>> tree = OpenErofsTree(image);
  if (!tree.ok()) return tree.status();
  return MakeFilesystem(MountTree(*std::move(tree), designator));
}

}  // namespace extgate
