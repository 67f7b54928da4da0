// Way in: ErofsClusterMap::LoadCompact(), for the layout with compact indexes.
//
// Indexes come in packs: n entries of a few bits each, then the u32 number of
// the block before (or at) which the data of the pack's extents begins, one
// after the other. First come 4-byte indexes (2 a pack) until 32-byte
// alignment, then, where the inode says so, 2-byte indexes (16 a pack) as far
// as whole packs go, then 4-byte ones again. An entry's low bits say where a
// head begins its extent, or how far back an inner cluster's head is; its two
// top bits are the kind.
#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "engine/image/byte_cursor.h"
#include "engine/image/erofs_cluster_bits.h"
#include "engine/image/erofs_clusters.h"
#include "engine/image/read_span.h"

namespace extgate {

using erofs_bits::kBigHead1;
using erofs_bits::kCompact2Byte;
using erofs_bits::kDataBlocksFlag;

namespace {

constexpr uint64_t kPackAlignment = 32;  // bytes
constexpr uint32_t kMinLowBits = 12;     // so that kDataBlocksFlag fits

absl::Status Corrupt(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("an erofs cluster index ", what));
}

}  // namespace

ErofsClusterMap::Pack ErofsClusterMap::PackOf(uint64_t number) const {
  const uint64_t total =
      (inode_.facts.size_bytes >> super_.block_bits) +
      ((inode_.facts.size_bytes & (super_.block_bytes() - 1)) != 0 ? 1 : 0);
  const uint64_t before =
      (kPackAlignment - index_offset_ % kPackAlignment) % kPackAlignment / 4;
  const uint64_t two_byte = (advise_ & kCompact2Byte) && before < total
                                ? (total - before) / 16 * 16
                                : 0;
  Pack pack;
  pack.entries = 2;
  pack.offset = index_offset_;
  if (number >= before && number - before < two_byte) {
    pack.entries = 16;
    pack.offset += before * 4;
    number -= before;
  } else if (number >= before + two_byte) {
    pack.offset += before * 4 + two_byte * 2;
    number -= before + two_byte;
  }
  pack.offset += number / pack.entries * pack.size();
  pack.index = static_cast<uint32_t>(number % pack.entries);
  return pack;
}

absl::StatusOr<ErofsClusterMap::PackContent> ErofsClusterMap::ReadPack(
    const Pack& pack) {
  const uint64_t size = pack.size();
  const uint32_t low_bits = std::max(super_.block_bits, kMinLowBits);
  const uint32_t entry_bits =
      static_cast<uint32_t>((size - 4) * 8 / pack.entries);
  if (low_bits + 2 > entry_bits) {
    return absl::UnimplementedError(
        "erofs with compact indexes of large blocks");
  }
  absl::StatusOr<std::vector<uint8_t>> bytes =
      ReadSpan(*image_, pack.offset, size, "an erofs cluster index");
  if (!bytes.ok()) return bytes.status();
  ByteCursor at(*bytes);
  PackContent content;
  content.base_block = at.U32(size - 4);
  content.entries.resize(pack.entries);
  for (uint32_t i = 0; i < pack.entries; ++i) {
    const uint32_t bit = i * entry_bits;
    const uint32_t value = at.U32(bit / 8) >> (bit % 8);
    content.entries[i].low = value & ((1u << low_bits) - 1);
    content.entries[i].kind = static_cast<Kind>((value >> low_bits) & 3);
  }
  return content;
}

// The last entry of a pack has its distance forward in its low bits, so its
// distance back comes from the entry before. An extent whose data is a fragment
// counts no blocks.
ErofsClusterMap::Cluster ErofsClusterMap::InnerOf(
    const std::vector<PackedEntry>& entries, uint32_t index) const {
  Cluster cluster;
  cluster.kind = Kind::kInner;
  const PackedEntry& entry = entries[index];
  if (entry.low & kDataBlocksFlag) {
    cluster.data_blocks = entry.low & ~kDataBlocksFlag;
    cluster.back = 1;
    return cluster;
  }
  cluster.back = entry.low;
  if (index + 1 == entries.size()) {
    const PackedEntry& previous = entries[index - 1];
    if (previous.kind != Kind::kInner) {
      cluster.back = 1;
    } else if (previous.low & kDataBlocksFlag) {
      cluster.back = 2;
    } else {
      cluster.back = previous.low + 1;
    }
  }
  return cluster;
}

// How many blocks of data the pack's earlier extents take. Without big
// clusters, counting starts at one.
absl::StatusOr<uint64_t> ErofsClusterMap::BlocksBefore(
    const std::vector<PackedEntry>& entries, uint32_t index) const {
  const bool big = (advise_ & kBigHead1) != 0;
  uint64_t blocks = big ? 0 : 1;
  for (uint32_t i = 0; i < index; ++i) {
    const PackedEntry& entry = entries[i];
    if (entry.kind == Kind::kInner) {
      if (big && (entry.low & kDataBlocksFlag)) {
        blocks += entry.low & ~kDataBlocksFlag;
      }
    } else if (!big || entries[i + 1].kind != Kind::kInner) {
      ++blocks;
    } else if (!(entries[i + 1].low & kDataBlocksFlag)) {
      return Corrupt("does not count the blocks of a big cluster");
    }
  }
  return blocks;
}

absl::StatusOr<ErofsClusterMap::Cluster> ErofsClusterMap::LoadCompact(
    uint64_t number) {
  const Pack pack = PackOf(number);
  absl::StatusOr<PackContent> content = ReadPack(pack);
  if (!content.ok()) return content.status();
  const PackedEntry& entry = content->entries[pack.index];
  if (entry.kind == Kind::kInner) return InnerOf(content->entries, pack.index);
  absl::StatusOr<uint64_t> before = BlocksBefore(content->entries, pack.index);
  if (!before.ok()) return before.status();
  Cluster cluster;
  cluster.kind = entry.kind;
  cluster.begins = entry.low;
  cluster.block = uint64_t{content->base_block} + *before;
  return cluster;
}

}  // namespace extgate
