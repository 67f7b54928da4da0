// The number of data sectors (2 bytes, little-endian), the data, the verity
// partition. The root hash is of the top block, what is read verified is what
// is there, and no changed byte passes.
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/crypto/block_hasher.h"
#include "engine/image/buffer_reader.h"
#include "engine/image/verified_reader.h"
#include "engine/image/verity.h"
#include "fuzz/fuzz.h"

namespace extgate {
namespace {

using Bytes = std::vector<uint8_t>;

struct Parts {
  Bytes image;
  ByteRange data;
  ByteRange verity;
};

void CheckLevels(const Parts& parts, const VerityTree& tree) {
  uint64_t end = tree.tree_offset;
  for (const ByteRange& level : TreeLevels(tree)) {
    Require(level.offset == end, "levels follow one another");
    end = level.offset + level.size;
    Require(end <= parts.verity.size, "levels lie in the partition");
  }
  Require(tree.data_blocks <= parts.data.size / tree.data_block_size,
          "data blocks lie in the partition");
  Require(tree.tree_offset >= 512, "the tree is behind the superblock");
}

void CheckRootHash(const Parts& parts, const VerityTree& tree) {
  const auto levels = TreeLevels(tree);
  const ByteRange top =
      levels.empty() ? ByteRange{parts.data.offset, tree.data_block_size}
                     : ByteRange{parts.verity.offset + levels.front().offset,
                                 tree.hash_block_size};
  const auto hasher = BlockHasher::Create(tree.algorithm, tree.salt);
  Require(hasher.ok(), "its algorithm is one of ours");
  Bytes digest((*hasher)->digest_size());
  (*hasher)->Hash(
      absl::MakeConstSpan(parts.image).subspan(top.offset, top.size),
      absl::MakeSpan(digest));
  Require(tree.root_hash && tree.root_hash->bytes() == digest,
          "the root hash is of the top block");
}

DataCheck CheckAll(const Parts& parts, const VerityTree& tree) {
  BufferReader image(parts.image);
  const absl::StatusOr<DataCheck> check =
      VerifyAllData(image, parts.data, parts.verity, tree);
  Require(check.ok(), "what was read fits its partitions");
  Require(check->complete != check->first_bad_offset.has_value(),
          "all is right, or the first wrong block is named");
  return *check;
}

void CheckVerified(const Parts& parts, const VerityTree& tree,
                   const DataCheck& check) {
  BufferReader image(parts.image);
  const auto opened = OpenVerified(image, parts.data, parts.verity, tree);
  Require(opened.ok(), "a tree that was read can be read through");
  ImageReader& verified = **opened;
  // In pieces that are no blocks, so that every one is met twice.
  constexpr uint64_t kPiece = 300;
  uint64_t bad = verified.size_bytes();
  for (uint64_t at = 0; at < verified.size_bytes(); at += kPiece) {
    Bytes piece(std::min(kPiece, verified.size_bytes() - at));
    const absl::Status status = verified.ReadAt(at, absl::MakeSpan(piece));
    const auto raw = absl::MakeConstSpan(parts.image)
                         .subspan(parts.data.offset + at, piece.size());
    Require(status.ok() || absl::IsDataLoss(status),
            "verified bytes are right or contradict the tree");
    Require(!status.ok() || absl::MakeConstSpan(piece) == raw,
            "what is read verified is what is there");
    if (!status.ok() && bad == verified.size_bytes()) bad = at;
  }
  Require(check.complete == (bad == verified.size_bytes()),
          "in pieces and as a whole the data is as right");
  Require(check.complete || *check.first_bad_offset < bad + kPiece,
          "the first wrong block is where the first wrong piece is");
}

void CheckChangedByte(Parts parts, const VerityTree& tree) {
  const uint64_t covered = tree.data_blocks * tree.data_block_size;
  for (uint64_t at : {uint64_t{0}, covered / 2, covered - 1}) {
    parts.image[parts.data.offset + at] ^= 1;
    const DataCheck check = CheckAll(parts, tree);
    Require(check.first_bad_offset ==
                at / tree.data_block_size * tree.data_block_size,
            "a changed byte is found where it is");
    parts.image[parts.data.offset + at] ^= 1;
  }
}

void Check(const Parts& parts) {
  BufferReader image(parts.image);
  const auto tree = ReadVerityTree(image, parts.data, parts.verity);
  Require(tree.ok(), "bytes in memory give no I/O error");
  Require(*tree == *ReadVerityTree(image, parts.data, parts.verity),
          "read alike twice");
  Require(!tree->absent(), "there is a tree, or a reason why not");
  if (tree->value() == nullptr) return;
  CheckLevels(parts, *tree->value());
  CheckRootHash(parts, *tree->value());
  const DataCheck check = CheckAll(parts, *tree->value());
  CheckVerified(parts, *tree->value(), check);
  if (check.complete) CheckChangedByte(parts, *tree->value());
}

}  // namespace
}  // namespace extgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  extgate::FuzzInput input(data, size);
  const uint64_t sectors = input.U16();
  const absl::Span<const uint8_t> rest = input.Rest();
  const uint64_t data_size = std::min<uint64_t>(sectors * 512, rest.size());
  extgate::Check({{rest.begin(), rest.end()},
                  {0, data_size},
                  {data_size, rest.size() - data_size}});
  return 0;
}
