// Way in: BlockVerifier::Check. A data block asks for its digest in the last
// level, whose hash block asks one level up, to the root hash.
#include "engine/image/block_verifier.h"

#include <algorithm>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "engine/image/verity.h"

namespace extgate {
namespace {

constexpr uint64_t kSlots = 1024;  // hash blocks that are kept
constexpr size_t kMaxDigest = 64;
constexpr uint64_t kBatch = 64;  // data blocks that are hashed at once

bool IsBlockSize(uint32_t size) {
  return size >= 512 && size <= 4096 && (size & (size - 1)) == 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<BlockVerifier>> BlockVerifier::Create(
    ImageReader& image, const ByteRange& verity, const VerityTree& tree) {
  absl::StatusOr<std::unique_ptr<BlockHasher>> hasher =
      BlockHasher::Create(tree.algorithm, tree.salt);
  if (!hasher.ok()) return hasher.status();
  if (!IsBlockSize(tree.data_block_size) ||
      !IsBlockSize(tree.hash_block_size) || tree.data_blocks == 0 ||
      tree.data_blocks > UINT64_MAX / 2 / tree.data_block_size ||
      !tree.root_hash ||
      tree.root_hash->size_bytes() != (*hasher)->digest_size()) {
    return absl::InvalidArgumentError("not a usable hash tree");
  }
  return absl::WrapUnique(
      new BlockVerifier(image, verity, tree, *std::move(hasher)));
}

BlockVerifier::BlockVerifier(ImageReader& image, const ByteRange& verity,
                             const VerityTree& tree,
                             std::unique_ptr<BlockHasher> hasher)
    : image_(image),
      verity_(verity),
      tree_(tree),
      hasher_(std::move(hasher)),
      root_(tree.root_hash->bytes()),
      hashes_per_block_(HashesPerBlock(tree)) {
  // Each level keeps blocks of its own, so that leaves never push out what
  // leads up from them; upper levels are small and take at most half of what
  // is left.
  uint64_t slots = kSlots;
  for (const ByteRange& range : TreeLevels(tree)) {
    Level level;
    level.range = range;
    level.blocks = range.size / tree.hash_block_size;
    const uint64_t mine =
        std::min(level.blocks, std::max<uint64_t>(slots / 2, 1));
    slots -= std::min(mine, slots);
    level.held.resize(mine);
    level.kept =
        std::make_unique_for_overwrite<uint8_t[]>(mine * tree.hash_block_size);
    levels_.push_back(std::move(level));
  }
}

absl::StatusOr<absl::Span<const uint8_t>> BlockVerifier::Expected(
    size_t level, uint64_t index) {
  // Nothing is above the first level (or above the one data block) but the
  // root.
  if (level == 0) return absl::MakeConstSpan(root_);
  absl::StatusOr<absl::Span<const uint8_t>> block =
      HashBlock(level - 1, index / hashes_per_block_);
  if (!block.ok()) return block.status();
  const size_t size = hasher_->digest_size();
  return block->subspan(index % hashes_per_block_ * size, size);
}

absl::StatusOr<absl::Span<const uint8_t>> BlockVerifier::HashBlock(
    size_t number, uint64_t index) {
  Level& level = levels_[number];
  const uint64_t size = tree_.hash_block_size;
  const uint64_t slot = index % level.held.size();
  const absl::Span<uint8_t> kept(level.kept.get() + slot * size, size);
  if (level.held[slot] == index) return absl::Span<const uint8_t>(kept);

  const uint64_t offset = level.range.offset + index * size;
  if (offset > verity_.size || size > verity_.size - offset) {
    return absl::OutOfRangeError("the hash tree is beyond its partition");
  }
  level.held[slot].reset();
  absl::Status status = image_.ReadAt(verity_.offset + offset, kept);
  if (!status.ok()) return status;
  uint8_t digest[kMaxDigest];
  hasher_->Hash(kept, digest);
  absl::StatusOr<absl::Span<const uint8_t>> expected = Expected(number, index);
  if (!expected.ok()) return expected.status();
  if (!std::equal(expected->begin(), expected->end(), digest)) {
    return Bad({levels_.size() - number, index});
  }
  level.held[slot] = index;
  return absl::Span<const uint8_t>(kept);
}

absl::Status BlockVerifier::Bad(const BadBlock& block) {
  bad_block_ = block;
  return absl::DataLossError(
      block.level == 0
          ? absl::StrCat("data block ", block.number,
                         " (level 0) contradicts the hash tree")
          : absl::StrCat("hash block ", block.number, " of level ", block.level,
                         " contradicts the hash tree"));
}

absl::Status BlockVerifier::Check(uint64_t first_block,
                                  absl::Span<const uint8_t> data) {
  bad_offset_.reset();
  bad_block_.reset();
  const uint64_t size = tree_.data_block_size;
  if (data.size() % size != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(data.size(), " bytes are not whole blocks of ", size));
  }
  const uint64_t count = data.size() / size;
  if (first_block > tree_.data_blocks ||
      count > tree_.data_blocks - first_block) {
    return absl::OutOfRangeError(absl::StrCat("data blocks ", first_block,
                                              " + ", count, " are beyond ",
                                              tree_.data_blocks, " blocks"));
  }
  const size_t digest_size = hasher_->digest_size();
  uint8_t digests[kBatch * kMaxDigest];
  for (uint64_t done = 0; done < count;) {
    const uint64_t batch = std::min(kBatch, count - done);
    hasher_->HashBlocks(data.subspan(done * size, batch * size), size,
                        absl::MakeSpan(digests));
    for (uint64_t i = 0; i < batch; ++i, ++done) {
      const uint64_t block = first_block + done;
      absl::StatusOr<absl::Span<const uint8_t>> expected =
          Expected(levels_.size(), block);
      absl::Status status = expected.status();
      if (status.ok() && !std::equal(expected->begin(), expected->end(),
                                     digests + i * digest_size)) {
        status = Bad({0, block});
      }
      if (!status.ok()) {
        bad_offset_ = block * size;
        return status;
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace extgate
