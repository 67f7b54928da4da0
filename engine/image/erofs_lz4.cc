// Way in: DecodeErofsExtent().
#include "engine/image/erofs_lz4.h"

#include <lz4.h>

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "engine/image/read_span.h"

namespace extgate {
namespace {

// The LZ4 block without the zeros that mkfs pads it with in front, which never
// reach beyond its first block. (An LZ4 block never begins with a zero.)
absl::StatusOr<absl::Span<const uint8_t>> SkipPadding(
    const ErofsSuperblock& super, const ErofsExtent& extent,
    absl::Span<const uint8_t> data) {
  if (!super.zero_padding) return data;
  const uint64_t within = extent.physical_offset & (super.block_bytes() - 1);
  const uint64_t most =
      std::min<uint64_t>(data.size(), super.block_bytes() - within);
  uint64_t zeros = 0;
  while (zeros < most && data[zeros] == 0) ++zeros;
  if (zeros == most) {
    return absl::DataLossError("an erofs cluster holds nothing but padding");
  }
  return data.subspan(zeros);
}

absl::StatusOr<std::vector<uint8_t>> DecodeLz4(const ErofsSuperblock& super,
                                               const ErofsExtent& extent,
                                               absl::Span<const uint8_t> data,
                                               uint64_t wanted_bytes) {
  absl::StatusOr<absl::Span<const uint8_t>> block =
      SkipPadding(super, extent, data);
  if (!block.ok()) return block.status();
  std::vector<uint8_t> decoded(wanted_bytes);
  const int wanted = static_cast<int>(wanted_bytes);  // at most 12 MiB
  const int got = LZ4_decompress_safe_partial(
      reinterpret_cast<const char*>(block->data()),
      reinterpret_cast<char*>(decoded.data()), static_cast<int>(block->size()),
      wanted, wanted);
  if (got != wanted) {
    return absl::DataLossError(
        absl::StrCat("an erofs cluster at byte ", extent.physical_offset,
                     " does not decompress to ", wanted_bytes, " bytes"));
  }
  return decoded;
}

// A turned extent keeps its blocks where they would be in the file: what comes
// before the first block boundary stands at the end of the data.
std::vector<uint8_t> Unturn(uint64_t block_bytes, const ErofsExtent& extent,
                            absl::Span<const uint8_t> data,
                            uint64_t wanted_bytes) {
  const uint64_t in_first =
      block_bytes - (extent.logical_offset & (block_bytes - 1));
  const uint64_t first = std::min(in_first, wanted_bytes);
  const absl::Span<const uint8_t> head =
      data.subspan(data.size() - in_first, first);
  std::vector<uint8_t> bytes(head.begin(), head.end());
  const absl::Span<const uint8_t> rest = data.subspan(0, wanted_bytes - first);
  bytes.insert(bytes.end(), rest.begin(), rest.end());
  return bytes;
}

}  // namespace

absl::StatusOr<std::vector<uint8_t>> DecodeErofsExtent(
    ImageReader& image, const ErofsSuperblock& super, const ErofsExtent& extent,
    uint64_t wanted_bytes) {
  absl::StatusOr<std::vector<uint8_t>> data = ReadSpan(
      image, extent.physical_offset, extent.physical_size, "an erofs cluster");
  if (!data.ok()) return data.status();
  switch (extent.encoding) {
    case ErofsEncoding::kShifted:
      data->resize(wanted_bytes);
      return data;
    case ErofsEncoding::kInterlaced:
      return Unturn(super.block_bytes(), extent, *data, wanted_bytes);
    case ErofsEncoding::kLz4:
      return DecodeLz4(super, extent, *data, wanted_bytes);
    case ErofsEncoding::kFragment:
      break;
  }
  return absl::InternalError("a fragment has no data of its own");
}

}  // namespace extgate
