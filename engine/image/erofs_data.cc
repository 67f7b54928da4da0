// Way in: ReadErofsData(), which goes by the inode's layout.
#include "engine/image/erofs_data.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/image/byte_cursor.h"
#include "engine/image/erofs_clusters.h"
#include "engine/image/erofs_extent.h"
#include "engine/image/read_span.h"

namespace extgate {
namespace {

// The format word of a chunked inode.
constexpr uint32_t kChunkBits = 0x1f;     // log2 of a chunk's blocks
constexpr uint32_t kChunkIndexes = 0x20;  // 8-byte entries, not 4-byte ones
constexpr uint32_t kChunkKnown = 0x3f;
constexpr uint32_t kHole = 0xffffffff;

constexpr uint64_t kMaxImageBits = 48;  // a block number's reach in bytes

// One run of blocks; in the inline layout the last block's worth stands behind
// the inode instead, within one block.
absl::Status ReadFlat(ImageReader& image, const ErofsSuperblock& super,
                      const ErofsInode& inode, uint64_t offset,
                      absl::Span<uint8_t> out) {
  const uint64_t start = uint64_t{inode.union_value} << super.block_bits;
  if (inode.facts.size_bytes > uint64_t{1} << kMaxImageBits) {
    return absl::DataLossError("an erofs file is larger than any image");
  }
  uint64_t tail = inode.facts.size_bytes;  // where the inline part begins
  if (inode.layout == ErofsLayout::kFlatInline) {
    tail = (inode.facts.size_bytes - 1) >> super.block_bits << super.block_bits;
    const uint64_t within = inode.end_offset() & (super.block_bytes() - 1);
    if (within + (inode.facts.size_bytes - tail) > super.block_bytes()) {
      return absl::DataLossError("an erofs inode's data crosses a block");
    }
  }
  const uint64_t in_blocks =
      offset < tail ? std::min<uint64_t>(tail - offset, out.size()) : 0;
  if (in_blocks > 0) {
    absl::Status read = ReadInto(image, start + offset,
                                 out.subspan(0, in_blocks), "an erofs file");
    if (!read.ok()) return read;
  }
  const absl::Span<uint8_t> rest = out.subspan(in_blocks);
  if (rest.empty()) return absl::OkStatus();
  return ReadInto(image, inode.end_offset() + (offset + in_blocks - tail), rest,
                  "an erofs inode's data");
}

// The first block of one chunk; kHole for zeros.
absl::StatusOr<uint32_t> ChunkBlock(ImageReader& image, const ErofsInode& inode,
                                    uint64_t chunk) {
  const uint64_t width = (inode.union_value & kChunkIndexes) ? 8 : 4;
  const uint64_t first = (inode.end_offset() + width - 1) / width * width;
  if (chunk > image.size_bytes() / width) {
    return absl::DataLossError("an erofs chunk index lies outside the image");
  }
  absl::StatusOr<std::vector<uint8_t>> bytes =
      ReadSpan(image, first + chunk * width, width, "an erofs chunk index");
  if (!bytes.ok()) return bytes.status();
  ByteCursor at(*bytes);
  return at.U32(width - 4);
}

absl::Status ReadChunks(ImageReader& image, const ErofsSuperblock& super,
                        const ErofsInode& inode, uint64_t offset,
                        absl::Span<uint8_t> out) {
  const uint32_t format = inode.union_value & 0xffff;
  if (format & ~kChunkKnown) {
    return absl::UnimplementedError(
        absl::StrCat("erofs with chunks of format 0x", absl::Hex(format)));
  }
  const uint64_t chunk_bits = super.block_bits + (format & kChunkBits);
  while (!out.empty()) {
    const uint64_t within = offset & ((uint64_t{1} << chunk_bits) - 1);
    const uint64_t size =
        std::min<uint64_t>(out.size(), (uint64_t{1} << chunk_bits) - within);
    absl::StatusOr<uint32_t> block =
        ChunkBlock(image, inode, offset >> chunk_bits);
    if (!block.ok()) return block.status();
    if (*block == kHole) {
      std::fill_n(out.begin(), size, 0);
    } else {
      absl::Status read =
          ReadInto(image, (uint64_t{*block} << super.block_bits) + within,
                   out.subspan(0, size), "an erofs chunk");
      if (!read.ok()) return read;
    }
    offset += size;
    out.remove_prefix(size);
  }
  return absl::OkStatus();
}

// Reads a compressed inode. `packed` is where fragments are; nullptr while the
// packed inode itself is read, which has none.
absl::Status ReadClusters(ImageReader& image, const ErofsSuperblock& super,
                          const ErofsInode& inode, const ErofsInode* packed,
                          uint64_t offset, absl::Span<uint8_t> out) {
  absl::StatusOr<ErofsClusterMap> map =
      ErofsClusterMap::Open(image, super, inode);
  if (!map.ok()) return map.status();
  while (!out.empty()) {
    absl::StatusOr<ErofsExtent> extent = map->ExtentAt(offset);
    if (!extent.ok()) return extent.status();
    const uint64_t within = offset - extent->logical_offset;
    const uint64_t size =
        std::min<uint64_t>(out.size(), extent->logical_size - within);
    if (extent->encoding == ErofsEncoding::kFragment) {
      if (packed == nullptr ||
          extent->physical_offset > packed->facts.size_bytes ||
          within + size > packed->facts.size_bytes - extent->physical_offset) {
        return absl::DataLossError(
            "an erofs fragment lies outside the packed inode");
      }
      absl::Status read =
          ReadErofsData(image, super, *packed, extent->physical_offset + within,
                        out.subspan(0, size));
      if (!read.ok()) return read;
    } else {
      absl::StatusOr<std::vector<uint8_t>> bytes =
          DecodeErofsExtent(image, super, *extent, within + size);
      if (!bytes.ok()) return bytes.status();
      std::copy(bytes->begin() + static_cast<std::ptrdiff_t>(within),
                bytes->end(), out.begin());
    }
    offset += size;
    out.remove_prefix(size);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadErofsData(ImageReader& image, const ErofsSuperblock& super,
                           const ErofsInode& inode, uint64_t offset,
                           absl::Span<uint8_t> out) {
  if (offset > inode.facts.size_bytes ||
      out.size() > inode.facts.size_bytes - offset) {
    return absl::DataLossError("a range lies outside an erofs file");
  }
  if (out.empty()) return absl::OkStatus();
  switch (inode.layout) {
    case ErofsLayout::kFlat:
    case ErofsLayout::kFlatInline:
      return ReadFlat(image, super, inode, offset, out);
    case ErofsLayout::kChunked:
      return ReadChunks(image, super, inode, offset, out);
    case ErofsLayout::kCompressedFull:
    case ErofsLayout::kCompressedCompact:
      break;
  }
  if (super.packed_node == 0 || inode.node == super.packed_node) {
    return ReadClusters(image, super, inode, nullptr, offset, out);
  }
  absl::StatusOr<ErofsInode> packed =
      ReadErofsInode(image, super, super.packed_node);
  if (!packed.ok()) return packed.status();
  return ReadClusters(image, super, inode, &*packed, offset, out);
}

}  // namespace extgate
