// Way in: ReadSquashfsSuperblock().
#include "engine/image/squashfs_superblock.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/image/byte_cursor.h"
#include "engine/image/read_span.h"

namespace extgate {
namespace {

constexpr uint64_t kSuperblockSize = 96;  // bytes
constexpr uint32_t kMagic = 0x73717368;
constexpr uint32_t kOtherByteOrder = 0x68737173;
constexpr uint64_t kNoTable = ~uint64_t{0};
constexpr uint32_t kMinBlockBits = 12;
constexpr uint32_t kMaxBlockBits = 20;
constexpr uint16_t kHasOptions = 0x400;       // of the flags
constexpr uint64_t kFragmentsPerBlock = 512;  // of its index, a u64 a block

// Byte offsets within the superblock.
constexpr uint64_t kMagicAt = 0;           // u32
constexpr uint64_t kInodeCountAt = 4;      // u32
constexpr uint64_t kBlockSizeAt = 12;      // u32, bytes
constexpr uint64_t kFragmentCountAt = 16;  // u32
constexpr uint64_t kCompressorAt = 20;     // u16
constexpr uint64_t kBlockBitsAt = 22;      // u16
constexpr uint64_t kFlagsAt = 24;          // u16
constexpr uint64_t kOwnerCountAt = 26;     // u16
constexpr uint64_t kMajorAt = 28;          // u16
constexpr uint64_t kMinorAt = 30;          // u16
constexpr uint64_t kRootInodeAt = 32;      // u64
constexpr uint64_t kUsedAt = 40;           // u64, bytes
constexpr uint64_t kOwnerTableAt = 48;     // u64
constexpr uint64_t kXattrTableAt = 56;     // u64, like the following
constexpr uint64_t kInodeTableAt = 64;
constexpr uint64_t kDirectoryTableAt = 72;
constexpr uint64_t kFragmentTableAt = 80;
constexpr uint64_t kExportTableAt = 88;

absl::Status Corrupt(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("the squashfs superblock ", what));
}

absl::Status CheckCompressor(uint16_t compressor) {
  switch (compressor) {
    case 1:
    case 4:
    case 5:
    case 6:
      return absl::OkStatus();
    case 2:
      return absl::UnimplementedError("squashfs with lzma compression");
    case 3:
      return absl::UnimplementedError("squashfs with lzo compression");
  }
  return absl::UnimplementedError(
      absl::StrCat("squashfs with the unknown compression ", compressor));
}

absl::Status CheckTables(const SquashfsSuperblock& super) {
  if (super.inode_table < kSuperblockSize ||
      super.directory_table <= super.inode_table ||
      super.directory_table >= super.used_bytes) {
    return Corrupt("has its tables at the wrong place");
  }
  if (super.fragment_table.has_value()) {
    const uint64_t blocks =
        (super.fragment_count + kFragmentsPerBlock - 1) / kFragmentsPerBlock;
    if (*super.fragment_table >= super.used_bytes ||
        8 * blocks > super.used_bytes - *super.fragment_table) {
      return Corrupt("has its fragment table outside of the filesystem");
    }
  }
  if (super.xattr_table.has_value() && *super.xattr_table >= super.used_bytes) {
    return Corrupt("has its xattr table outside of the filesystem");
  }
  return absl::OkStatus();
}

std::optional<uint64_t> Table(uint64_t offset) {
  if (offset == kNoTable) return std::nullopt;
  return offset;
}

}  // namespace

absl::StatusOr<SquashfsSuperblock> ReadSquashfsSuperblock(ImageReader& image) {
  absl::StatusOr<std::vector<uint8_t>> bytes =
      ReadSpan(image, 0, kSuperblockSize, "the squashfs superblock");
  if (!bytes.ok()) return bytes.status();
  ByteCursor at(*bytes);
  if (at.U32(kMagicAt) == kOtherByteOrder) {
    return absl::UnimplementedError("squashfs in big-endian byte order");
  }
  if (at.U32(kMagicAt) != kMagic)
    return absl::DataLossError("no squashfs magic");
  if (at.U16(kMajorAt) != 4 || at.U16(kMinorAt) != 0) {
    return absl::UnimplementedError(
        absl::StrCat("squashfs ", at.U16(kMajorAt), ".", at.U16(kMinorAt)));
  }
  SquashfsSuperblock super;
  super.compressor = at.U16(kCompressorAt);
  absl::Status compressor = CheckCompressor(super.compressor);
  if (!compressor.ok()) return compressor;
  super.has_options = (at.U16(kFlagsAt) & kHasOptions) != 0;
  const uint32_t block_bits = at.U16(kBlockBitsAt);
  super.block_bytes = at.U32(kBlockSizeAt);
  if (block_bits < kMinBlockBits || block_bits > kMaxBlockBits ||
      super.block_bytes != uint32_t{1} << block_bits) {
    return Corrupt(absl::StrCat("says blocks of ", super.block_bytes,
                                " bytes, 2^", block_bits));
  }
  super.used_bytes = at.U64(kUsedAt);
  if (super.used_bytes > image.size_bytes()) {
    return Corrupt(absl::StrCat("says ", super.used_bytes,
                                " bytes, the image has ", image.size_bytes()));
  }
  super.inode_count = at.U32(kInodeCountAt);
  super.root_inode = at.U64(kRootInodeAt);
  super.inode_table = at.U64(kInodeTableAt);
  super.directory_table = at.U64(kDirectoryTableAt);
  super.owner_count = at.U16(kOwnerCountAt);
  super.owner_table = at.U64(kOwnerTableAt);
  super.fragment_count = at.U32(kFragmentCountAt);
  super.fragment_table = Table(at.U64(kFragmentTableAt));
  super.xattr_table = Table(at.U64(kXattrTableAt));
  super.export_table = Table(at.U64(kExportTableAt));
  absl::Status tables = CheckTables(super);
  if (!tables.ok()) return tables;
  return super;
}

}  // namespace extgate
