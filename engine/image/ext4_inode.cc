// Way in: DecodeExt4Inode().
#include "engine/image/ext4_inode.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/image/byte_cursor.h"

namespace extgate {
namespace {

// Byte offsets within an inode.
constexpr uint64_t kModeAt = 0;              // u16
constexpr uint64_t kUidLowAt = 2;            // u16
constexpr uint64_t kSizeLowAt = 4;           // u32, bytes
constexpr uint64_t kValueHashAt = 8;         // u32, the access time of a file
constexpr uint64_t kGidLowAt = 24;           // u16
constexpr uint64_t kLinksAt = 26;            // u16, count
constexpr uint64_t kSectorsAt = 28;          // u32, count of 512 bytes
constexpr uint64_t kFlagsAt = 32;            // u32, bits
constexpr uint64_t kMapAt = 40;              // 60 bytes
constexpr uint64_t kXattrBlockAt = 104;      // u32
constexpr uint64_t kSizeHighAt = 108;        // u32
constexpr uint64_t kSectorsHighAt = 116;     // u16
constexpr uint64_t kXattrBlockHighAt = 118;  // u16
constexpr uint64_t kUidHighAt = 120;         // u16
constexpr uint64_t kGidHighAt = 122;         // u16
constexpr uint64_t kExtraAt = 128;  // u16, bytes of fields from here on

constexpr uint64_t kMapBytes = 60;
constexpr uint64_t kFixedBytes = 128;

// Flags.
constexpr uint32_t kEncrypted = 0x800;
constexpr uint32_t kHashed = 0x1000;
constexpr uint32_t kExtents = 0x80000;
constexpr uint32_t kHoldsXattr = 0x200000;
constexpr uint32_t kInline = 0x10000000;

// A block map of extents begins with a header: u16 magic, u16 entries, u16
// most, u16 depth.
constexpr uint16_t kExtentMagic = 0xf30a;
constexpr uint16_t kMaxDepth = 5;

constexpr uint32_t kXattrMagic = 0xea020000;

absl::Status Corrupt(uint32_t number, absl::string_view what) {
  return absl::DataLossError(absl::StrCat("ext4 inode ", number, " ", what));
}

// Old encodings have 8 bits for each number, in the first word.
void DecodeDevice(ByteCursor& at, NodeFacts& facts) {
  const uint32_t old = at.U32(kMapAt);
  if (old != 0) {
    facts.device_major = (old >> 8) & 0xff;
    facts.device_minor = old & 0xff;
  } else {
    SetDevice(at.U32(kMapAt + 4), facts);
  }
}

// A symlink is short by its size to some, by its having no blocks to others.
absl::StatusOr<Ext4Inode::Place> PlaceOfSymlink(ByteCursor& at,
                                                const Ext4Inode& inode,
                                                const Ext4Superblock& super) {
  const uint64_t size = inode.facts.size_bytes;
  const bool short_by_size = size != 0 && size < kMapBytes;
  const uint64_t sectors = at.U32(kSectorsAt) | uint64_t{at.U16(kSectorsHighAt)}
                                                    << 32;
  const uint64_t of_xattrs =
      inode.xattr_block != 0 ? super.block_bytes / 512 : 0;
  if (!super.xattr_inodes && short_by_size != (sectors <= of_xattrs)) {
    return Corrupt(inode.number, "is a symlink with two targets");
  }
  return short_by_size ? Ext4Inode::Place::kMap : Ext4Inode::Place::kBlocks;
}

absl::StatusOr<Ext4Inode::Place> PlaceOf(ByteCursor& at, uint32_t flags,
                                         const Ext4Inode& inode,
                                         const Ext4Superblock& super) {
  const FileType type = inode.facts.type;
  if (flags & kInline) {
    if (!super.inline_data || (flags & kExtents)) {
      return Corrupt(inode.number, "has its content in two places");
    }
    return Ext4Inode::Place::kInline;
  }
  if (type == FileType::kSymlink) {
    absl::StatusOr<Ext4Inode::Place> place = PlaceOfSymlink(at, inode, super);
    if (!place.ok() || *place == Ext4Inode::Place::kMap) return place;
  }
  const bool mapped = type == FileType::kRegular ||
                      type == FileType::kDirectory ||
                      type == FileType::kSymlink;
  if (mapped && (flags & kExtents) &&
      (!super.extents || at.U16(kMapAt) != kExtentMagic ||
       at.U16(kMapAt + 6) > kMaxDepth)) {
    return Corrupt(inode.number, "has no map of extents");
  }
  return Ext4Inode::Place::kBlocks;
}

// Where the attributes in the inode begin.
absl::StatusOr<uint64_t> XattrsAt(ByteCursor& at, uint32_t number) {
  if (at.size() <= kFixedBytes) return 0;
  const uint64_t extra = at.U16(kExtraAt);
  if (extra % 4 != 0 || extra > at.size() - kFixedBytes) {
    return Corrupt(number, "has more fields than room");
  }
  const uint64_t magic_at = kFixedBytes + extra;
  if (extra == 0 || magic_at + 4 > at.size() ||
      at.U32(magic_at) != kXattrMagic) {
    return 0;
  }
  return magic_at + 4;
}

}  // namespace

absl::StatusOr<Ext4Inode> DecodeExt4Inode(std::vector<uint8_t> bytes,
                                          uint32_t number,
                                          const Ext4Superblock& super) {
  ByteCursor at(bytes);
  Ext4Inode inode;
  inode.number = number;
  const uint32_t mode = at.U16(kModeAt);
  const uint32_t flags = at.U32(kFlagsAt);
  if (at.U16(kLinksAt) == 0) return Corrupt(number, "is deleted");
  if (flags & kEncrypted) return absl::UnimplementedError("an encrypted file");
  NodeFacts& facts = inode.facts;
  facts.type = FileTypeOfMode(mode);
  facts.permissions = mode & 07777;
  facts.uid = at.U16(kUidLowAt) | uint32_t{at.U16(kUidHighAt)} << 16;
  facts.gid = at.U16(kGidLowAt) | uint32_t{at.U16(kGidHighAt)} << 16;
  facts.size_bytes = at.U32(kSizeLowAt);
  if (facts.type == FileType::kRegular || super.large_directories) {
    facts.size_bytes |= uint64_t{at.U32(kSizeHighAt)} << 32;
  }
  if (facts.size_bytes >> 63) return Corrupt(number, "has a negative size");
  if (facts.type == FileType::kCharDevice ||
      facts.type == FileType::kBlockDevice) {
    DecodeDevice(at, facts);
  }
  inode.xattr_block =
      at.U32(kXattrBlockAt) | uint64_t{at.U16(kXattrBlockHighAt)} << 32;
  inode.holds_xattr = (flags & kHoldsXattr) != 0;
  inode.value_hash = at.U32(kValueHashAt);
  absl::StatusOr<Ext4Inode::Place> place = PlaceOf(at, flags, inode, super);
  if (!place.ok()) return place.status();
  inode.place = *place;
  inode.hashed = super.hashed && (flags & kHashed) != 0 &&
                 facts.type == FileType::kDirectory &&
                 inode.place == Ext4Inode::Place::kBlocks;
  absl::StatusOr<uint64_t> xattrs_at = XattrsAt(at, number);
  if (!xattrs_at.ok()) return xattrs_at.status();
  inode.xattrs_at = *xattrs_at;
  if (!at.ok()) return Corrupt(number, "is cut short");
  inode.bytes = std::move(bytes);
  return inode;
}

}  // namespace extgate
