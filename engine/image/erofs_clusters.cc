// Way in: ErofsClusterMap::Open(), then ExtentAt(); the compact indexes are
// decoded in erofs_compact_index.cc.
#include "engine/image/erofs_clusters.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/image/byte_cursor.h"
#include "engine/image/erofs_cluster_bits.h"
#include "engine/image/read_span.h"

namespace extgate {

using erofs_bits::kBigHead1;
using erofs_bits::kBigHead2;
using erofs_bits::kCompact2Byte;
using erofs_bits::kDataBlocksFlag;
using erofs_bits::kFragmentTail;
using erofs_bits::kInlineTail;
using erofs_bits::kInterlacedPlain;
using erofs_bits::kKnownAdvise;

namespace {

constexpr uint64_t kHeaderSize = 8;         // bytes, aligned to 8
constexpr uint64_t kFullIndexSize = 8;      // bytes
constexpr uint64_t kFullIndexGap = 8;       // bytes between header and indexes
constexpr uint64_t kMaxEncoded = 1 << 20;   // bytes of an extent's data
constexpr uint64_t kMaxDecoded = 12 << 20;  // bytes of an extent
constexpr uint64_t kWholeFragment = uint64_t{1} << 63;
constexpr uint32_t kMaxCompactBits = 14;  // log2 of a block's bytes

absl::Status Corrupt(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("an erofs cluster index ", what));
}

bool IsCompressed(ErofsEncoding encoding) {
  switch (encoding) {
    case ErofsEncoding::kShifted:
    case ErofsEncoding::kInterlaced:
    case ErofsEncoding::kFragment:
      return false;
    case ErofsEncoding::kLz4:
    case ErofsEncoding::kLzma:
    case ErofsEncoding::kDeflate:
    case ErofsEncoding::kZstd:
      return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<ErofsClusterMap> ErofsClusterMap::Open(
    ImageReader& image, const ErofsSuperblock& super, const ErofsInode& inode) {
  ErofsClusterMap map(image, super, inode);
  absl::Status header = map.ReadHeader();
  if (!header.ok()) return header;
  return map;
}

absl::Status ErofsClusterMap::ReadHeader() {
  const uint64_t offset = (inode_.end_offset() + 7) & ~uint64_t{7};
  absl::StatusOr<std::vector<uint8_t>> bytes =
      ReadSpan(*image_, offset, kHeaderSize, "an erofs cluster map");
  if (!bytes.ok()) return bytes.status();
  ByteCursor at(*bytes);
  if (at.U64(0) & kWholeFragment) {
    whole_fragment_ = true;
    fragment_offset_ = at.U64(0) & ~kWholeFragment;
    return absl::OkStatus();
  }
  advise_ = at.U16(4);
  algorithms_ = at.U8(6);
  if (at.U8(7) != 0) {
    return absl::UnimplementedError("erofs with large logical clusters");
  }
  if ((advise_ & ~kKnownAdvise) || (!compact() && (advise_ & kCompact2Byte))) {
    return absl::UnimplementedError(
        absl::StrCat("erofs with clusters of kind 0x", absl::Hex(advise_)));
  }
  if (compact() && super_.block_bits > kMaxCompactBits) {
    return absl::UnimplementedError(
        "erofs with compact indexes of large blocks");
  }
  if ((advise_ & (kBigHead1 | kBigHead2)) && !super_.big_clusters) {
    return Corrupt("uses big clusters, which the superblock does not announce");
  }
  if (compact() && !(advise_ & kBigHead1) != !(advise_ & kBigHead2)) {
    return Corrupt("mixes big and small clusters");
  }
  if (advise_ & kInlineTail) tail_bytes_ = at.U16(2);
  if (advise_ & kFragmentTail) fragment_offset_ = at.U32(0);
  index_offset_ = offset + kHeaderSize + (compact() ? 0 : kFullIndexGap);
  return absl::OkStatus();
}

absl::StatusOr<ErofsClusterMap::Cluster> ErofsClusterMap::Load(
    uint64_t number) {
  absl::StatusOr<Cluster> cluster =
      compact() ? LoadCompact(number) : LoadFull(number);
  if (!cluster.ok()) return cluster.status();
  if (cluster->begins >= super_.block_bytes()) {
    return Corrupt("begins its extent outside of its cluster");
  }
  if (cluster->data_blocks != 0 && !(advise_ & (kBigHead1 | kBigHead2))) {
    return Corrupt("counts the blocks of a small cluster");
  }
  return cluster;
}

// Eight bytes: u16 kind, u16 where the extent begins, then u32 block or u16
// distance back and u16 distance forward.
absl::StatusOr<ErofsClusterMap::Cluster> ErofsClusterMap::LoadFull(
    uint64_t number) {
  absl::StatusOr<std::vector<uint8_t>> bytes =
      ReadSpan(*image_, index_offset_ + number * kFullIndexSize, kFullIndexSize,
               "an erofs cluster index");
  if (!bytes.ok()) return bytes.status();
  ByteCursor at(*bytes);
  Cluster cluster;
  cluster.kind = static_cast<Kind>(at.U16(0) & 3);
  if (cluster.kind != Kind::kInner) {
    cluster.begins = at.U16(2);
    cluster.block = at.U32(4);
    return cluster;
  }
  cluster.back = at.U16(4);
  if (cluster.back & kDataBlocksFlag) {
    cluster.data_blocks = cluster.back & ~uint64_t{kDataBlocksFlag};
    cluster.back = 1;
  }
  return cluster;
}

uint64_t ErofsClusterMap::IndexEnd(uint64_t number) const {
  if (!compact()) return index_offset_ + (number + 1) * kFullIndexSize;
  const Pack pack = PackOf(number);
  return pack.offset + pack.size();
}

// How many blocks the data of the extent headed by cluster `number` takes: one,
// unless it is big and its second cluster says how many.
absl::StatusOr<uint64_t> ErofsClusterMap::DataBlocks(uint64_t number,
                                                     Kind kind) {
  const uint16_t big = kind == Kind::kHead1 ? kBigHead1 : kBigHead2;
  const uint64_t next = number + 1;
  if (!(advise_ & big) ||
      next << super_.block_bits >= inode_.facts.size_bytes) {
    return 1;
  }
  absl::StatusOr<Cluster> second = Load(next);
  if (!second.ok()) return second.status();
  if (second->kind != Kind::kInner) return 1;
  if (second->data_blocks == 0 ||
      second->data_blocks > kMaxEncoded >> super_.block_bits) {
    return Corrupt(absl::StrCat("counts ", second->data_blocks, " blocks"));
  }
  return second->data_blocks;
}

// Where the extent headed by cluster `head` ends: at the next head, or with the
// file.
absl::StatusOr<uint64_t> ErofsClusterMap::ExtentEnd(uint64_t head) {
  const uint64_t most = (kMaxDecoded >> super_.block_bits) + 1;
  for (uint64_t number = head + 1; number - head <= most; ++number) {
    const uint64_t offset = number << super_.block_bits;
    if (offset >= inode_.facts.size_bytes) return inode_.facts.size_bytes;
    absl::StatusOr<Cluster> cluster = Load(number);
    if (!cluster.ok()) return cluster.status();
    if (cluster->kind == Kind::kInner) continue;
    return std::min(offset + cluster->begins, inode_.facts.size_bytes);
  }
  return Corrupt("begins an extent of more than 12 MiB");
}

absl::StatusOr<ErofsEncoding> ErofsClusterMap::EncodingOf(Kind kind) const {
  if (kind == Kind::kPlain) {
    return (advise_ & kInterlacedPlain) ? ErofsEncoding::kInterlaced
                                        : ErofsEncoding::kShifted;
  }
  const uint8_t algorithm =
      kind == Kind::kHead2 ? algorithms_ >> 4 : algorithms_ & 0xf;
  switch (algorithm) {  // Z_EROFS_COMPRESSION_*
    case 0:
      return ErofsEncoding::kLz4;
    case 1:
      return ErofsEncoding::kLzma;
    case 2:
      return ErofsEncoding::kDeflate;
    case 3:
      return ErofsEncoding::kZstd;
  }
  return absl::UnimplementedError(
      absl::StrCat("erofs with compression of kind ", algorithm));
}

// Fills in where the data of the extent lies.
absl::StatusOr<ErofsExtent> ErofsClusterMap::Place(uint64_t head,
                                                   const Cluster& cluster,
                                                   ErofsExtent extent) {
  const bool tail =
      extent.logical_offset + extent.logical_size == inode_.facts.size_bytes;
  if (tail && (advise_ & kFragmentTail)) {
    extent.encoding = ErofsEncoding::kFragment;
    extent.physical_offset = fragment_offset_;
    if (!compact()) extent.physical_offset |= cluster.block << 32;
    return extent;
  }
  absl::StatusOr<ErofsEncoding> encoding = EncodingOf(cluster.kind);
  if (!encoding.ok()) return encoding.status();
  extent.encoding = *encoding;
  if (tail && (advise_ & kInlineTail)) {
    const uint64_t last = (inode_.facts.size_bytes - 1) >> super_.block_bits;
    extent.physical_offset = IndexEnd(last);
    extent.physical_size = tail_bytes_;
    const uint64_t within = extent.physical_offset & (super_.block_bytes() - 1);
    if (tail_bytes_ == 0 || within + tail_bytes_ > super_.block_bytes()) {
      return Corrupt("has a tail that crosses a block");
    }
    if (extent.encoding == ErofsEncoding::kInterlaced) {
      extent.encoding = ErofsEncoding::kShifted;
    }
  } else {
    absl::StatusOr<uint64_t> blocks = DataBlocks(head, cluster.kind);
    if (!blocks.ok()) return blocks.status();
    extent.physical_offset = cluster.block << super_.block_bits;
    extent.physical_size = *blocks << super_.block_bits;
  }
  if (!IsCompressed(extent.encoding) &&
      extent.logical_size > extent.physical_size) {
    return Corrupt("begins a plain extent that is longer than its data");
  }
  return extent;
}

absl::StatusOr<ErofsExtent> ErofsClusterMap::ExtentAt(uint64_t offset) {
  ErofsExtent extent;
  if (whole_fragment_) {
    extent.encoding = ErofsEncoding::kFragment;
    extent.logical_size = inode_.facts.size_bytes;
    extent.physical_offset = fragment_offset_;
    return extent;
  }
  const uint64_t first = offset >> super_.block_bits;
  const uint64_t within = offset & (super_.block_bytes() - 1);
  uint64_t number = first;
  absl::StatusOr<Cluster> cluster = Load(number);
  if (!cluster.ok()) return cluster.status();
  uint64_t back = 0;
  if (cluster->kind == Kind::kInner) {
    back = cluster->back;
  } else if (within < cluster->begins) {
    back = 1;  // this byte still belongs to the extent before
  }
  while (back != 0 || cluster->kind == Kind::kInner) {
    if (back == 0 || back > number) return Corrupt("points back to nothing");
    number -= back;
    if (first - number > (kMaxDecoded >> super_.block_bits) + 1) {
      return Corrupt("points back over more than 12 MiB");
    }
    cluster = Load(number);
    if (!cluster.ok()) return cluster.status();
    back = cluster->kind == Kind::kInner ? cluster->back : 0;
  }

  absl::StatusOr<uint64_t> end = ExtentEnd(number);
  if (!end.ok()) return end.status();
  extent.logical_offset = (number << super_.block_bits) + cluster->begins;
  if (*end <= extent.logical_offset || offset < extent.logical_offset ||
      offset >= *end) {
    return Corrupt("begins an extent that does not hold its own bytes");
  }
  extent.logical_size = *end - extent.logical_offset;
  return Place(number, *cluster, extent);
}

}  // namespace extgate
