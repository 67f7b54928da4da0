// Way in: ReadErofsSuperblock().
#include "engine/image/erofs_superblock.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/image/byte_cursor.h"
#include "engine/image/crc32.h"
#include "engine/image/read_span.h"

namespace extgate {
namespace {

constexpr uint64_t kSuperblockOffset = 1024;  // bytes
constexpr uint64_t kSuperblockSize = 128;     // bytes, without extension slots
constexpr uint32_t kMagic = 0xe0f5e1e2;
constexpr uint32_t kMinBlockBits = 9;
constexpr uint32_t kMaxBlockBits = 12;  // Linux: a page
// Linux: the superblock ends within its page.
constexpr uint64_t kMaxSize = 4096 - kSuperblockOffset;
constexpr uint64_t kExtensionSlot = 16;  // bytes

// Byte offsets within the superblock.
constexpr uint64_t kMagicAt = 0;            // u32
constexpr uint64_t kChecksumAt = 4;         // u32, CRC-32C with itself zero
constexpr uint64_t kCompatibleAt = 8;       // u32, bits
constexpr uint64_t kBlockBitsAt = 12;       // u8
constexpr uint64_t kExtensionSlotsAt = 13;  // u8, count
constexpr uint64_t kRootNodeAt = 14;        // u16
constexpr uint64_t kBlocksAt = 36;          // u32, count
constexpr uint64_t kMetadataBlockAt = 40;   // u32, block number
constexpr uint64_t kXattrBlockAt = 44;      // u32, block number
constexpr uint64_t kVolumeNameAt = 64;      // 16 bytes, a NUL among them
constexpr uint64_t kIncompatibleAt = 80;    // u32, bits
constexpr uint64_t kAlgorithmsAt = 84;      // u16, bits; with kBigClusters
constexpr uint64_t kExtraDevicesAt = 86;    // u16, count
constexpr uint64_t kDirectoryBitsAt = 90;   // u8, log2 of blocks in one
constexpr uint64_t kPackedNodeAt = 96;      // u64

constexpr uint32_t kHasChecksum = 0x1;  // of the compatible features

// Incompatible features: bits that the kernel gave two meanings (0x2, 0x8,
// 0x20) are told apart inode by inode.
constexpr uint32_t kZeroPadding = 0x1;
constexpr uint32_t kBigClusters = 0x2;
constexpr uint32_t kReadHere = 0x7f;
constexpr uint16_t kAlgorithms = 0xf;  // lz4, lzma, deflate, zstd
constexpr std::pair<uint32_t, const char*> kNotReadHere[] = {
    {0x80, "48-bit addresses"},
    {0x100, "a metadata box"},
};

absl::Status CheckFeatures(uint32_t incompatible) {
  for (const auto& [bit, name] : kNotReadHere) {
    if (incompatible & bit) {
      return absl::UnimplementedError(absl::StrCat("erofs with ", name));
    }
  }
  if (incompatible & ~kReadHere) {
    return absl::UnimplementedError(
        absl::StrCat("erofs with the unknown features 0x",
                     absl::Hex(incompatible & ~kReadHere)));
  }
  return absl::OkStatus();
}

// The checksum covers the superblock to the end of its block; a block of up to
// 1024 bytes lies behind the superblock's own offset, so there it is a whole
// one.
absl::Status CheckChecksum(ImageReader& image, uint64_t block_bytes,
                           uint32_t expected) {
  const uint64_t size = block_bytes > kSuperblockOffset
                            ? block_bytes - kSuperblockOffset
                            : block_bytes;
  absl::StatusOr<std::vector<uint8_t>> bytes =
      ReadSpan(image, kSuperblockOffset, size, "the erofs superblock's block");
  if (!bytes.ok()) return bytes.status();
  std::fill_n(bytes->begin() + kChecksumAt, 4, 0);
  if (Crc32c(*bytes) != expected) {
    return absl::DataLossError("the erofs superblock's checksum is wrong");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ErofsSuperblock> ReadErofsSuperblock(ImageReader& image) {
  absl::StatusOr<std::vector<uint8_t>> bytes = ReadSpan(
      image, kSuperblockOffset, kSuperblockSize, "the erofs superblock");
  if (!bytes.ok()) return bytes.status();
  ByteCursor at(*bytes);
  if (at.U32(kMagicAt) != kMagic) {
    return absl::DataLossError("no erofs magic");
  }
  absl::Status features = CheckFeatures(at.U32(kIncompatibleAt));
  if (!features.ok()) return features;
  if (at.U16(kExtraDevicesAt) != 0) {
    return absl::UnimplementedError("erofs over several devices");
  }
  if (at.U8(kDirectoryBitsAt) != 0) {
    return absl::UnimplementedError("erofs with large directory blocks");
  }

  const uint32_t algorithms = at.U16(kAlgorithmsAt);
  if ((at.U32(kIncompatibleAt) & kBigClusters) != 0 &&
      (algorithms & ~kAlgorithms) != 0) {
    return absl::UnimplementedError(
        absl::StrCat("erofs with the unknown compressions 0x",
                     absl::Hex(algorithms & ~kAlgorithms)));
  }
  if (kSuperblockSize + kExtensionSlot * at.U8(kExtensionSlotsAt) > kMaxSize) {
    return absl::DataLossError("the erofs superblock is larger than a block");
  }
  const absl::Span<const uint8_t> name = at.Bytes(kVolumeNameAt, 16);
  if (std::find(name.begin(), name.end(), 0) == name.end()) {
    return absl::DataLossError("the erofs volume name does not end");
  }

  ErofsSuperblock super;
  super.block_bits = at.U8(kBlockBitsAt);
  if (super.block_bits < kMinBlockBits || super.block_bits > kMaxBlockBits) {
    return absl::DataLossError(
        absl::StrCat("the erofs block size is 2^", super.block_bits, " bytes"));
  }
  super.zero_padding = (at.U32(kIncompatibleAt) & kZeroPadding) != 0;
  super.big_clusters = (at.U32(kIncompatibleAt) & kBigClusters) != 0;
  super.root_node = at.U16(kRootNodeAt);
  super.packed_node = at.U64(kPackedNodeAt);
  super.metadata_offset = uint64_t{at.U32(kMetadataBlockAt)}
                          << super.block_bits;
  super.shared_xattr_offset = uint64_t{at.U32(kXattrBlockAt)}
                              << super.block_bits;

  const uint64_t blocks = at.U32(kBlocksAt);
  if (blocks > image.size_bytes() >> super.block_bits) {
    return absl::DataLossError(
        absl::StrCat("the erofs superblock says ", blocks, " blocks of ",
                     super.block_bytes(), " bytes, the image has ",
                     image.size_bytes(), " bytes"));
  }
  if (at.U32(kCompatibleAt) & kHasChecksum) {
    absl::Status checksum =
        CheckChecksum(image, super.block_bytes(), at.U32(kChecksumAt));
    if (!checksum.ok()) return checksum;
  }
  return super;
}

}  // namespace extgate
