// Data blocks checked against a dm-verity hash tree, from the root hash down.
#ifndef EXTGATE_ENGINE_IMAGE_BLOCK_VERIFIER_H_
#define EXTGATE_ENGINE_IMAGE_BLOCK_VERIFIER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/crypto/block_hasher.h"
#include "engine/image/image_reader.h"
#include "policy/facts.h"

namespace extgate {

// A block that contradicts the hash block above it.
struct BadBlock {
  uint64_t level = 0;   // 0: data; 1: the leaves; and so on up to the root's
  uint64_t number = 0;  // within its level
  friend bool operator==(const BadBlock&, const BadBlock&) = default;
};

// Checks blocks that are in memory, wherever they came from, against the tree
// in a verity partition, wherever that is: so a copy is verified while its
// bytes pass by. Believes nothing of the partition but what leads up to
// tree.root_hash. Keeps at most 4 MiB of verified hash blocks; reading data in
// order hashes each data block and each hash block once. Not thread-safe.
class BlockVerifier {
 public:
  // `image`, which must outlive it, holds the tree in `verity`.
  // InvalidArgument when `tree` is not one that ReadVerityTree gives.
  static absl::StatusOr<std::unique_ptr<BlockVerifier>> Create(
      ImageReader& image, const ByteRange& verity, const VerityTree& tree);

  // Verifies the whole data blocks `data`, the first of which is number
  // `first_block`. InvalidArgument when it is not whole blocks; OutOfRange
  // beyond the last block (or where the tree is beyond its file); DataLoss
  // "data block N (level 0) contradicts the hash tree" or "hash block N of
  // level L contradicts the hash tree" (leaves are level 1); Unavailable on
  // I/O.
  absl::Status Check(uint64_t first_block, absl::Span<const uint8_t> data);

  // Offset in bytes, within the data, of the first block of the last call of
  // Check that could not be shown to be right; nullopt when all were.
  std::optional<uint64_t> first_bad_offset() const { return bad_offset_; }

  // The block that the last call of Check ended at with DataLoss: the data
  // block of first_bad_offset(), or a hash block above it.
  std::optional<BadBlock> bad_block() const { return bad_block_; }

 private:
  struct Level {
    ByteRange range;      // within the verity partition
    uint64_t blocks = 0;  // count
    // Slots of one hash block each; not touched before one is filled.
    std::unique_ptr<uint8_t[]> kept;
    std::vector<std::optional<uint64_t>> held;  // which block is in a slot
  };

  BlockVerifier(ImageReader& image, const ByteRange& verity,
                const VerityTree& tree, std::unique_ptr<BlockHasher> hasher);

  // The digest that the tree has for block `index` below `level` (a data block
  // below the last one), verified up to the root.
  absl::StatusOr<absl::Span<const uint8_t>> Expected(size_t level,
                                                     uint64_t index);
  // The verified hash block `index` of `level`, valid until the next call.
  absl::StatusOr<absl::Span<const uint8_t>> HashBlock(size_t level,
                                                      uint64_t index);
  // Notes the bad block; the DataLoss of it.
  absl::Status Bad(const BadBlock& block);

  ImageReader& image_;
  const ByteRange verity_;
  const VerityTree tree_;
  const std::unique_ptr<BlockHasher> hasher_;
  const std::vector<uint8_t> root_;
  const uint64_t hashes_per_block_;
  std::vector<Level> levels_;  // root first
  std::optional<uint64_t> bad_offset_;
  std::optional<BadBlock> bad_block_;
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_BLOCK_VERIFIER_H_
