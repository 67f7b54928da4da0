// Way in: ReadExt4Superblock().
#include "engine/image/ext4_superblock.h"

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/image/byte_cursor.h"
#include "engine/image/read_span.h"

namespace extgate {
namespace {

constexpr uint64_t kSuperblockOffset = 1024;  // bytes
constexpr uint64_t kSuperblockSize = 1024;    // bytes
constexpr uint16_t kMagic = 0xef53;
constexpr uint32_t kMaxBlockLog = 6;  // 64 KiB
constexpr uint64_t kMaxDescriptorBytes = 16 << 20;
constexpr uint32_t kRevisionWithSizes = 1;
constexpr uint32_t kHurd = 1;  // of the creators

// Byte offsets within the superblock.
constexpr uint64_t kInodesAt = 0;             // u32, count
constexpr uint64_t kBlocksLowAt = 4;          // u32, count
constexpr uint64_t kFirstDataBlockAt = 20;    // u32
constexpr uint64_t kBlockLogAt = 24;          // u32, log2 of KiB
constexpr uint64_t kClusterLogAt = 28;        // u32, log2 of KiB
constexpr uint64_t kBlocksPerGroupAt = 32;    // u32
constexpr uint64_t kClustersPerGroupAt = 36;  // u32
constexpr uint64_t kInodesPerGroupAt = 40;    // u32
constexpr uint64_t kMagicAt = 56;             // u16
constexpr uint64_t kCreatorAt = 72;           // u32
constexpr uint64_t kRevisionAt = 76;          // u32
constexpr uint64_t kFirstInodeAt = 84;        // u32
constexpr uint64_t kInodeBytesAt = 88;        // u16
constexpr uint64_t kCompatibleAt = 92;        // u32, bits
constexpr uint64_t kIncompatibleAt = 96;      // u32, bits
constexpr uint64_t kReadOnlyAt = 100;         // u32, bits
constexpr uint64_t kReservedAt = 206;         // u16, blocks of descriptors
constexpr uint64_t kHashVersionAt = 252;      // u8, of directories
constexpr uint64_t kDescriptorBytesAt = 254;  // u16
constexpr uint64_t kBlocksHighAt = 336;       // u32, count
constexpr uint64_t kLeastExtraAt = 348;       // u16, bytes of an inode
constexpr uint64_t kWantedExtraAt = 350;      // u16
constexpr uint64_t kOrphanInodeAt = 644;      // u32, number

constexpr uint32_t kHashedDirectories = 0x20;  // of the compatible features
constexpr uint32_t kOrphanFile = 0x1000;
constexpr uint32_t kExtraSizes = 0x40;  // of the read-only compatible ones

// Incompatible features.
constexpr uint32_t kEntryTypes = 0x2;
constexpr uint32_t kExtents = 0x40;
constexpr uint32_t k64Bit = 0x80;
constexpr uint32_t kXattrInodes = 0x400;
constexpr uint32_t kLargeDirectories = 0x4000;
constexpr uint32_t kInlineData = 0x8000;
// These, and meta_bg, mmp, flex_bg and csum_seed.
constexpr uint32_t kReadHere = kEntryTypes | kExtents | k64Bit | kXattrInodes |
                               kLargeDirectories | kInlineData | 0x10 | 0x100 |
                               0x200 | 0x2000;
constexpr std::pair<uint32_t, const char*> kNotReadHere[] = {
    {0x1, "compression"},           {0x4, "a journal to recover"},
    {0x8, "nothing but a journal"}, {0x1000, "data in directory entries"},
    {0x10000, "encryption"},        {0x20000, "case folding"},
};

absl::Status CheckFeatures(uint32_t incompatible) {
  for (const auto& [bit, name] : kNotReadHere) {
    if (incompatible & bit) {
      return absl::UnimplementedError(absl::StrCat("ext4 with ", name));
    }
  }
  if (incompatible & ~kReadHere) {
    return absl::UnimplementedError(
        absl::StrCat("ext4 with the unknown features 0x",
                     absl::Hex(incompatible & ~kReadHere)));
  }
  return absl::OkStatus();
}

absl::Status Corrupt(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("the ext4 superblock ", what));
}

// What Linux (6.18, fs/ext4/super.c) asks for beside, of what is not read here.
absl::Status CheckMore(ByteCursor& at, const Ext4Superblock& super) {
  constexpr uint32_t kFirstInode = 11;
  constexpr uint8_t kLastHash = 5;  // SipHash is for folded cases alone
  if (super.first_inode < kFirstInode) {
    return Corrupt(absl::StrCat("has files from inode ", super.first_inode));
  }
  if (at.U16(kReservedAt) > super.block_bytes / 4) {
    return Corrupt("reserves too many group descriptors");
  }
  if (at.U8(kHashVersionAt) > kLastHash) {
    return Corrupt("says an unknown hash of names");
  }
  const uint64_t extra = super.inode_bytes - 128;
  if (extra > 0 && (at.U32(kReadOnlyAt) & kExtraSizes) != 0 &&
      (at.U16(kLeastExtraAt) > extra || at.U16(kWantedExtraAt) > extra)) {
    return Corrupt("wants more of an inode than it has");
  }
  const uint32_t orphans = at.U32(kOrphanInodeAt);
  if ((at.U32(kCompatibleAt) & kOrphanFile) != 0 &&
      (orphans < super.first_inode || orphans > super.inodes)) {
    return Corrupt("has its list of orphans nowhere");
  }
  return absl::OkStatus();
}

bool PowerOfTwo(uint64_t value) { return (value & (value - 1)) == 0; }

// How the filesystem is divided into groups. A group's bitmaps are a block
// each.
absl::Status CheckGroups(ByteCursor& at, const Ext4Superblock& super) {
  const uint64_t bits = 8 * super.block_bytes;
  const uint64_t blocks_per_group = at.U32(kBlocksPerGroupAt);
  const uint64_t inodes_per_group = at.U32(kInodesPerGroupAt);
  const uint32_t cluster_log = at.U32(kClusterLogAt);
  const uint32_t block_log = at.U32(kBlockLogAt);
  if (cluster_log < block_log || cluster_log > 20 ||
      (uint64_t{at.U32(kClustersPerGroupAt)} << (cluster_log - block_log)) !=
          blocks_per_group ||
      at.U32(kClustersPerGroupAt) > bits || blocks_per_group < 8 ||
      inodes_per_group < super.block_bytes / super.inode_bytes ||
      inodes_per_group > bits) {
    return Corrupt("has groups of an impossible size");
  }
  const uint64_t first = at.U32(kFirstDataBlockAt);
  if (first != (super.block_bytes == 1024 ? 1u : 0u)) {
    return Corrupt("does not have its first data block behind itself");
  }
  if (super.blocks <= first) return Corrupt("says no blocks");
  const uint64_t groups =
      (super.blocks - first + blocks_per_group - 1) / blocks_per_group;
  const bool wide = (at.U32(kIncompatibleAt) & k64Bit) != 0;
  const uint64_t descriptor = wide ? at.U16(kDescriptorBytesAt) : 32;
  if (wide &&
      (descriptor < 64 || descriptor > 1024 || !PowerOfTwo(descriptor))) {
    return Corrupt("has group descriptors of an impossible size");
  }
  if (groups > kMaxDescriptorBytes / descriptor) {
    return absl::UnimplementedError(
        absl::StrCat("ext4 with ", groups, " block groups"));
  }
  if (groups * inodes_per_group != super.inodes) {
    return Corrupt("has another count of inodes than its groups");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Ext4Superblock> ReadExt4Superblock(ImageReader& image) {
  absl::StatusOr<std::vector<uint8_t>> bytes = ReadSpan(
      image, kSuperblockOffset, kSuperblockSize, "the ext4 superblock");
  if (!bytes.ok()) return bytes.status();
  ByteCursor at(*bytes);
  if (at.U16(kMagicAt) != kMagic) return absl::DataLossError("no ext4 magic");
  const uint32_t revision = at.U32(kRevisionAt);
  if (revision > kRevisionWithSizes) {
    return absl::UnimplementedError(
        absl::StrCat("ext4 of revision ", revision));
  }
  const uint32_t incompatible = at.U32(kIncompatibleAt);
  absl::Status status = CheckFeatures(incompatible);
  if (!status.ok()) return status;
  // Linux mounts none: the Hurd keeps something else in those bits.
  if (at.U32(kCreatorAt) == kHurd && (incompatible & k64Bit) != 0) {
    return absl::UnimplementedError("ext4 of the Hurd with 64 bits");
  }

  Ext4Superblock super;
  const uint32_t block_log = at.U32(kBlockLogAt);
  if (block_log > kMaxBlockLog) {
    return Corrupt(absl::StrCat("says blocks of 2^", block_log, " KiB"));
  }
  super.block_bytes = uint64_t{1024} << block_log;
  const bool sized = revision >= kRevisionWithSizes;
  super.inode_bytes = sized ? at.U16(kInodeBytesAt) : 128;
  super.first_inode = sized ? at.U32(kFirstInodeAt) : 11;
  if (super.inode_bytes < 128 || super.inode_bytes > super.block_bytes ||
      !PowerOfTwo(super.inode_bytes)) {
    return Corrupt(
        absl::StrCat("says inodes of ", super.inode_bytes, " bytes"));
  }
  super.inodes = at.U32(kInodesAt);
  super.blocks = at.U32(kBlocksLowAt);
  if (incompatible & k64Bit) {
    super.blocks |= uint64_t{at.U32(kBlocksHighAt)} << 32;
  }
  if (super.blocks > image.size_bytes() / super.block_bytes) {
    return Corrupt(absl::StrCat("says ", super.blocks, " blocks of ",
                                super.block_bytes, " bytes, the image has ",
                                image.size_bytes(), " bytes"));
  }
  status = CheckGroups(at, super);
  status.Update(CheckMore(at, super));
  if (!status.ok()) return status;
  super.hashed = (at.U32(kCompatibleAt) & kHashedDirectories) != 0;
  super.entry_types = (incompatible & kEntryTypes) != 0;
  super.extents = (incompatible & kExtents) != 0;
  super.xattr_inodes = (incompatible & kXattrInodes) != 0;
  super.large_directories = (incompatible & kLargeDirectories) != 0;
  super.inline_data = (incompatible & kInlineData) != 0;
  return super;
}

}  // namespace extgate
