// Way in: ReadWholeFile().
#include "engine/image/whole_file.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "engine/crypto/block_hasher.h"
#include "engine/image/block_verifier.h"
#include "engine/image/tree_check.h"

namespace extgate {
namespace {

constexpr uint64_t kPieceBytes = 1 << 20;

// The bytes of the image that a tree covers; empty without one.
ByteRange Covered(const Layout* layout, const VerityTree* tree) {
  if (layout == nullptr || tree == nullptr || !layout->verity.has_value()) {
    return ByteRange{};
  }
  return CoveredData(*layout, *tree);
}

// Pieces end where the covered range begins and ends, so that it is read in
// whole blocks.
uint64_t PieceSize(uint64_t offset, uint64_t total, const ByteRange& covered) {
  uint64_t end = std::min(total, offset + kPieceBytes);
  const uint64_t covered_end = covered.offset + covered.size;
  if (covered.size > 0 && offset < covered.offset) {
    end = std::min(end, covered.offset);
  } else if (offset < covered_end) {
    end = std::min(end, covered_end);
  }
  return end - offset;
}

}  // namespace

absl::StatusOr<WholeFile> ReadWholeFile(ImageReader& image,
                                        const Layout* layout,
                                        const VerityTree* tree) {
  const ByteRange covered = Covered(layout, tree);
  std::unique_ptr<BlockVerifier> verifier;
  if (covered.size > 0) {
    absl::StatusOr<std::unique_ptr<BlockVerifier>> created =
        BlockVerifier::Create(image, *layout->verity, *tree);
    if (!created.ok()) return created.status();
    verifier = *std::move(created);
  }
  StreamDigest digest;
  DataCheck check;
  check.complete = verifier != nullptr;
  std::vector<uint8_t> piece(std::min(kPieceBytes, image.size_bytes()));
  for (uint64_t offset = 0; offset < image.size_bytes();) {
    const uint64_t size = PieceSize(offset, image.size_bytes(), covered);
    const absl::Span<uint8_t> bytes = absl::MakeSpan(piece).subspan(0, size);
    absl::Status status = image.ReadAt(offset, bytes);
    if (!status.ok()) return status;
    digest.Update(bytes);
    const bool inside = verifier != nullptr && offset >= covered.offset &&
                        offset - covered.offset < covered.size;
    if (inside && !check.first_bad_offset.has_value()) {
      const uint64_t start = offset - covered.offset;
      status = verifier->Check(start / tree->data_block_size, bytes);
      if (absl::IsDataLoss(status)) {
        check.complete = false;
        check.first_bad_offset = verifier->first_bad_offset().value_or(start);
      } else if (!status.ok()) {
        return status;
      }
    }
    offset += size;
  }
  return WholeFile{digest.Finish(), check};
}

}  // namespace extgate
