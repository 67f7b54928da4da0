// Way in: ReadPieces.
#include "engine/pcr/pieces.h"

#include <algorithm>
#include <vector>

namespace extgate {
namespace {

constexpr uint64_t kPiece = uint64_t{1} << 20;  // bytes

}  // namespace

absl::Status ReadPieces(
    ImageReader& file, uint64_t offset, uint64_t size,
    absl::FunctionRef<void(absl::Span<const uint8_t>)> sink) {
  std::vector<uint8_t> piece(std::min(size, kPiece));
  for (uint64_t done = 0; done < size;) {
    const auto part = absl::MakeSpan(piece).first(
        std::min<uint64_t>(piece.size(), size - done));
    const absl::Status status = file.ReadAt(offset + done, part);
    if (!status.ok()) return status;
    sink(part);
    done += part.size();
  }
  return absl::OkStatus();
}

}  // namespace extgate
