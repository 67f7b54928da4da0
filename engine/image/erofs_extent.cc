// Way in: DecodeErofsExtent().
#include "engine/image/erofs_extent.h"

#include <lz4.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "engine/image/read_span.h"

namespace extgate {
namespace {

// What a decoder may keep of what came before: no distance reaches further back
// than an extent is long, and mkfs allows 8 MiB at most.
constexpr uint32_t kMaxLzmaDictionary = 8 << 20;  // bytes
constexpr uint32_t kMinLzmaDictionary = 4096;
constexpr int kMaxZstdWindow = 24;  // log2 of bytes

// The data without the zeros that mkfs pads it with in front, which never reach
// beyond its first block. (Nothing that is compressed begins with a zero.)
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

// Each fills `out`, and may leave what `data` would give beyond it. False when
// it gives less, or is none of that format.

bool Lz4(absl::Span<const uint8_t> data, absl::Span<uint8_t> out) {
  const int wanted = static_cast<int>(out.size());  // at most 12 MiB
  return LZ4_decompress_safe_partial(reinterpret_cast<const char*>(data.data()),
                                     reinterpret_cast<char*>(out.data()),
                                     static_cast<int>(data.size()), wanted,
                                     wanted) == wanted;
}

bool Lzma(absl::Span<const uint8_t> data, absl::Span<uint8_t> out) {
  lzma_stream stream = LZMA_STREAM_INIT;
  const uint32_t dictionary =
      std::clamp(static_cast<uint32_t>(out.size()), kMinLzmaDictionary,
                 kMaxLzmaDictionary);
  if (lzma_microlzma_decoder(&stream, data.size(), out.size(), false,
                             dictionary) != LZMA_OK) {
    return false;
  }
  stream.next_in = data.data();
  stream.avail_in = data.size();
  stream.next_out = out.data();
  stream.avail_out = out.size();
  lzma_ret status = LZMA_OK;
  while (status == LZMA_OK && stream.avail_out > 0) {
    status = lzma_code(&stream, LZMA_FINISH);
  }
  lzma_end(&stream);
  return stream.avail_out == 0;
}

bool Deflate(absl::Span<const uint8_t> data, absl::Span<uint8_t> out) {
  z_stream stream = {};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return false;
  stream.next_in = const_cast<Bytef*>(data.data());  // zlib only reads it
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  int status = Z_OK;
  while (status == Z_OK && stream.avail_out > 0) {
    status = inflate(&stream, Z_SYNC_FLUSH);
  }
  inflateEnd(&stream);
  return stream.avail_out == 0;
}

struct ZstdDelete {
  void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
};

bool Zstd(absl::Span<const uint8_t> data, absl::Span<uint8_t> out) {
  const std::unique_ptr<ZSTD_DStream, ZstdDelete> stream(ZSTD_createDStream());
  if (stream == nullptr ||
      ZSTD_isError(ZSTD_DCtx_setParameter(stream.get(), ZSTD_d_windowLogMax,
                                          kMaxZstdWindow))) {
    return false;
  }
  ZSTD_inBuffer from = {data.data(), data.size(), 0};
  ZSTD_outBuffer to = {out.data(), out.size(), 0};
  size_t before = 0;
  do {
    before = from.pos + to.pos;
    if (ZSTD_isError(ZSTD_decompressStream(stream.get(), &to, &from))) break;
  } while (to.pos < to.size && from.pos + to.pos > before);
  return to.pos == to.size;
}

using Decoder = bool (*)(absl::Span<const uint8_t>, absl::Span<uint8_t>);

absl::StatusOr<std::vector<uint8_t>> Decode(Decoder decoder,
                                            const ErofsSuperblock& super,
                                            const ErofsExtent& extent,
                                            absl::Span<const uint8_t> data,
                                            uint64_t wanted_bytes) {
  absl::StatusOr<absl::Span<const uint8_t>> packed =
      SkipPadding(super, extent, data);
  if (!packed.ok()) return packed.status();
  std::vector<uint8_t> decoded(wanted_bytes);
  if (!decoder(*packed, absl::MakeSpan(decoded))) {
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
      return Decode(Lz4, super, extent, *data, wanted_bytes);
    case ErofsEncoding::kLzma:
      return Decode(Lzma, super, extent, *data, wanted_bytes);
    case ErofsEncoding::kDeflate:
      return Decode(Deflate, super, extent, *data, wanted_bytes);
    case ErofsEncoding::kZstd:
      return Decode(Zstd, super, extent, *data, wanted_bytes);
    case ErofsEncoding::kFragment:
      break;
  }
  return absl::InternalError("a fragment has no data of its own");
}

}  // namespace extgate
