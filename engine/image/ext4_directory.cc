// Ways in: ParseExt4Entries(), and CheckExt4HashTree() of what it gave.
#include "engine/image/ext4_directory.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/image/byte_cursor.h"

namespace extgate {
namespace {

// An entry: u32 inode (0: unused), u16 bytes to the next entry, u8 bytes of the
// name, u8 type, the name, padded to a multiple of 4.
constexpr uint64_t kNodeAt = 0;
constexpr uint64_t kSizeAt = 4;
constexpr uint64_t kNameSizeAt = 6;
constexpr uint64_t kTypeAt = 7;
constexpr uint64_t kNameAt = 8;
constexpr uint64_t kSmallest = 12;

// In a hash tree's root, behind `.` and `..` of 12 bytes each: u32 zero, u8
// version of the hash, u8 8, u8 levels between the root and the leaves, u8.
constexpr uint64_t kVersionAt = 28;
constexpr uint64_t kInfoSizeAt = 29;
constexpr uint64_t kLevelsAt = 30;
constexpr uint64_t kRootEntries = 32;
// Another block of the tree looks like an unused entry.
constexpr uint64_t kNodeEntries = 8;
// An entry: u32 lowest hash, u32 block. In place of the first one's hash: u16
// most entries, u16 entries.
constexpr uint64_t kHashEntry = 8;
constexpr uint32_t kBlockMask = 0x0fffffff;

absl::Status Corrupt(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("an ext4 directory ", what));
}

// Sizes of 64 KiB do not fit.
uint64_t EntrySize(uint16_t stored, uint64_t block_bytes) {
  constexpr uint64_t kLargest = 65536;
  if (block_bytes == kLargest && (stored == 0 || stored == 0xffff)) {
    return kLargest;
  }
  return stored;
}

// A block of the tree, or a leaf, and the hashes of the names below it: from
// `lowest` on, to before `end`. With bit 0 set, names of that very hash are on
// both sides.
struct Subtree {
  uint64_t block = 0;
  uint64_t lowest = 0;
  uint64_t end = 0;
};

constexpr uint64_t kBeyond = uint64_t{1} << 32;

class HashTree {
 public:
  HashTree(Ext4Volume& volume, absl::string_view listing)
      : volume_(volume),
        block_bytes_(volume.super().block_bytes),
        listing_(listing),
        leaves_(listing.size() / block_bytes_) {}

  absl::Status Check(const std::vector<Ext4Entry>& entries) {
    ByteCursor root = Block(0);
    if (root.U16(kSizeAt) != kSmallest ||
        root.U16(kSmallest + kSizeAt) != block_bytes_ - kSmallest ||
        root.U8(kInfoSizeAt) != 8) {
      return Corrupt("has a hash tree without its root");
    }
    const int levels = root.U8(kLevelsAt);
    if (levels >= (volume_.super().large_directories ? 3 : 2)) {
      return Corrupt("has a hash tree of too many levels");
    }
    version_ = root.U8(kVersionAt);
    seen_.assign(leaves_.size(), false);
    seen_[0] = true;
    std::vector<Subtree> level = {{0, 0, kBeyond}};
    for (int depth = 0; depth <= levels; ++depth) {
      std::vector<Subtree> below;
      for (const Subtree& node : level) {
        absl::Status status =
            Enter(node, depth == 0 ? kRootEntries : kNodeEntries, below);
        if (!status.ok()) return status;
      }
      level = std::move(below);
    }
    for (const Subtree& leaf : level) leaves_[leaf.block] = leaf;
    for (const Ext4Entry& entry : entries) {
      absl::Status status = CheckEntry(entry);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

 private:
  ByteCursor Block(uint64_t block) const {
    return ByteCursor(
        BytesOf(listing_.substr(block * block_bytes_, block_bytes_)));
  }

  // What is right below `node`.
  absl::Status Enter(const Subtree& node, uint64_t entries_at,
                     std::vector<Subtree>& below) {
    ByteCursor at = Block(node.block);
    const uint64_t count = at.U16(entries_at + 2);
    if (count == 0 || count > at.U16(entries_at) ||
        entries_at + count * kHashEntry > block_bytes_) {
      return Corrupt("has a hash tree with an impossible count");
    }
    for (uint64_t i = 0; i < count; ++i) {
      const uint64_t entry = entries_at + i * kHashEntry;
      const Subtree found = {
          at.U32(entry + 4) & kBlockMask, i == 0 ? node.lowest : at.U32(entry),
          i + 1 == count ? node.end : at.U32(entry + kHashEntry)};
      if (found.lowest > found.end || found.lowest < node.lowest ||
          found.end > node.end) {
        return Corrupt("has a hash tree out of order");
      }
      if (found.block >= seen_.size() || seen_[found.block]) {
        return Corrupt("has a hash tree that leads to a block twice");
      }
      seen_[found.block] = true;
      below.push_back(found);
    }
    return absl::OkStatus();
  }

  absl::Status CheckEntry(const Ext4Entry& entry) {
    if (entry.block == 0 && (entry.name == "." || entry.name == "..")) {
      return absl::OkStatus();
    }
    const Subtree& leaf = leaves_[entry.block];
    absl::StatusOr<uint32_t> hash = volume_.NameHash(version_, entry.name);
    if (!hash.ok()) return hash.status();
    // A block that is no leaf has no hashes below it.
    const uint64_t end = leaf.end + (leaf.end & 1);
    if (*hash < (leaf.lowest & ~uint64_t{1}) || *hash >= end) {
      return Corrupt("has a name where its hash tree does not lead");
    }
    return absl::OkStatus();
  }

  Ext4Volume& volume_;
  const uint64_t block_bytes_;
  const absl::string_view listing_;
  uint8_t version_ = 0;
  std::vector<bool> seen_;       // by block
  std::vector<Subtree> leaves_;  // by block
};

}  // namespace

absl::Status ParseExt4Entries(absl::Span<const uint8_t> bytes, uint64_t block,
                              const Ext4Superblock& super,
                              std::vector<Ext4Entry>& entries) {
  ByteCursor at(bytes);
  uint64_t entry = 0;
  while (entry < bytes.size()) {
    const uint64_t size = EntrySize(at.U16(entry + kSizeAt), super.block_bytes);
    const uint64_t name_size = at.U8(entry + kNameSizeAt);
    const uint32_t node = at.U32(entry + kNodeAt);
    if (!at.ok() || size < kSmallest || size % 4 != 0 ||
        size > bytes.size() - entry || kNameAt + name_size > size) {
      return Corrupt("has an entry of an impossible size");
    }
    if (node > super.inodes) return Corrupt("names an inode that there is not");
    if (node != 0) {
      Ext4Entry found;
      found.name = std::string(TextOf(at.Bytes(entry + kNameAt, name_size)));
      const uint8_t type = at.U8(entry + kTypeAt);
      // Without types, that byte is of the name's size.
      if (!super.entry_types && type != 0) {
        return Corrupt("has a name longer than any");
      }
      // An entry may leave it out. A type that there is not is no file's.
      if (super.entry_types && type != 0) {
        found.type = FileTypeOfEntry(type).value_or(FileType::kOther);
      }
      found.node = node;
      found.block = block;
      entries.push_back(std::move(found));
    }
    entry += size;
  }
  return absl::OkStatus();
}

absl::Status CheckExt4HashTree(Ext4Volume& volume, absl::string_view listing,
                               const std::vector<Ext4Entry>& entries) {
  return HashTree(volume, listing).Check(entries);
}

}  // namespace extgate
