// Way in: FatFile::ReadAt().
#include "engine/image/fat_file.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "engine/image/read_span.h"

namespace extgate {

FatFile::FatFile(ImageReader& image, const FatGeometry& geometry,
                 const FatChain& chain, uint64_t size_bytes)
    : image_(image), size_bytes_(size_bytes) {
  pieces_.reserve(chain.runs.size());
  uint64_t offset = 0;
  for (const FatRun& run : chain.runs) {
    pieces_.push_back({offset, geometry.OffsetOf(run.first)});
    offset += run.count * geometry.cluster_size;
  }
}

absl::Status FatFile::ReadAt(uint64_t offset, absl::Span<uint8_t> out) {
  if (offset > size_bytes_ || out.size() > size_bytes_ - offset) {
    return absl::OutOfRangeError(absl::StrCat("bytes ", offset, " + ",
                                              out.size(), " are beyond ",
                                              size_bytes_, " bytes"));
  }
  auto next = std::upper_bound(
      pieces_.begin(), pieces_.end(), offset,
      [](uint64_t at, const Piece& piece) { return at < piece.offset; });
  while (!out.empty()) {
    const Piece& piece = *(next - 1);
    const uint64_t end = next == pieces_.end() ? size_bytes_ : next->offset;
    const uint64_t size = std::min<uint64_t>(out.size(), end - offset);
    absl::Status read = ReadInto(image_, piece.place + (offset - piece.offset),
                                 out.first(size), "the data of a file");
    if (!read.ok()) return read;
    out.remove_prefix(size);
    offset += size;
    ++next;
  }
  return absl::OkStatus();
}

}  // namespace extgate
