// Way in: FatTable::Chain().
#include "engine/image/fat_table.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "engine/image/byte_cursor.h"
#include "engine/image/read_span.h"

namespace extgate {
namespace {

// Of 3 bytes for two entries of 12 bits, of 2 and of 4: no entry lies in two.
constexpr uint64_t kWindowBytes = 3072;

uint64_t PlaceOf(FatType type, uint64_t cluster) {
  switch (type) {
    case FatType::kFat12:
      return cluster + cluster / 2;
    case FatType::kFat16:
      return cluster * 2;
    case FatType::kFat32:
      return cluster * 4;
  }
  return 0;
}

// The entry of `cluster` that begins at `offset`.
uint32_t EntryAt(FatType type, ByteCursor& cursor, uint64_t offset,
                 uint32_t cluster) {
  switch (type) {
    case FatType::kFat12:
      return cluster % 2 == 0 ? cursor.U16(offset) & 0xfffu
                              : cursor.U16(offset) >> 4;
    case FatType::kFat16:
      return cursor.U16(offset);
    case FatType::kFat32:
      return cursor.U32(offset) & 0xfffffff;  // the upper 4 bits are reserved
  }
  return 0;
}

// Adds `cluster` at the end of the chain.
void Append(uint32_t cluster, FatChain& chain) {
  ++chain.clusters;
  if (!chain.runs.empty()) {
    FatRun& last = chain.runs.back();
    if (cluster == last.first + last.count) {
      ++last.count;
      return;
    }
  }
  chain.runs.push_back({cluster, 1});
}

}  // namespace

FatTable::FatTable(ImageReader& image, const FatGeometry& geometry)
    : image_(&image), geometry_(geometry), windows_(geometry.fat_copies) {}

absl::StatusOr<uint32_t> FatTable::EntryIn(uint32_t copy, uint32_t cluster) {
  Window& window = windows_[copy];
  const uint64_t place = PlaceOf(geometry_.type, cluster);
  const uint64_t offset = place / kWindowBytes * kWindowBytes;
  if (window.bytes.empty() || window.offset != offset) {
    auto bytes = ReadSpan(
        *image_, geometry_.fat_offset + copy * geometry_.fat_size + offset,
        std::min(kWindowBytes, geometry_.fat_size - offset), "the FAT");
    if (!bytes.ok()) return bytes.status();
    window = {offset, *std::move(bytes)};
  }
  ByteCursor cursor(window.bytes);
  return EntryAt(geometry_.type, cursor, place - offset, cluster);
}

absl::StatusOr<uint32_t> FatTable::EntryOf(uint32_t cluster) {
  absl::StatusOr<uint32_t> first = EntryIn(0, cluster);
  for (uint32_t copy = 1; first.ok() && copy < geometry_.fat_copies; ++copy) {
    const absl::StatusOr<uint32_t> other = EntryIn(copy, cluster);
    if (!other.ok()) return other;
    if (*other != *first) {
      return absl::DataLossError(
          absl::StrCat("cluster ", *first, " follows cluster ", cluster,
                       " in FAT 0, but ", *other, " in FAT ", copy));
    }
  }
  return first;
}

bool FatTable::EndsChain(uint32_t entry) const {
  switch (geometry_.type) {
    case FatType::kFat12:
      return entry >= 0xff8;
    case FatType::kFat16:
      return entry >= 0xfff8;
    case FatType::kFat32:
      return entry >= 0xffffff8;
  }
  return false;
}

absl::StatusOr<FatChain> FatTable::Chain(uint32_t first, uint64_t most) {
  if (!geometry_.HasCluster(first)) {
    return absl::DataLossError(
        absl::StrCat("it begins at cluster ", first, ", which is none"));
  }
  // One that comes by a cluster twice never ends.
  most = std::min<uint64_t>(most, geometry_.cluster_count);
  FatChain chain;
  for (uint32_t cluster = first; chain.clusters < most;) {
    Append(cluster, chain);
    if (chain.runs.size() > kMaxFatRuns) {
      return absl::ResourceExhaustedError(
          absl::StrCat("the chain of cluster ", first, " is in more than ",
                       kMaxFatRuns, " pieces"));
    }
    const absl::StatusOr<uint32_t> next = EntryOf(cluster);
    if (!next.ok()) return next.status();
    if (EndsChain(*next)) return chain;
    if (!geometry_.HasCluster(*next)) {
      return absl::DataLossError(absl::StrCat(
          "cluster ", *next, " follows cluster ", cluster, ", and is none"));
    }
    cluster = *next;
  }
  return absl::DataLossError(absl::StrCat(
      "the chain of cluster ", first, " is longer than ", most, ", or a loop"));
}

}  // namespace extgate
