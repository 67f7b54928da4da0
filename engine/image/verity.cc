// Way in: ReadVerityTree.
#include "engine/image/verity.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/crypto/block_hasher.h"
#include "engine/image/byte_cursor.h"

namespace extgate {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr char kWhere[] = "verity superblock";
constexpr uint64_t kSuperblockSize = 512;
constexpr uint64_t kMaxSalt = 256;
constexpr uint32_t kMinBlock = 512;
constexpr uint32_t kMaxBlock = 4096;

Malformed Fault(absl::string_view why) {
  return Malformed{kWhere, std::string(why)};
}

bool IsBlockSize(uint32_t size) {
  return size >= kMinBlock && size <= kMaxBlock && (size & (size - 1)) == 0;
}

// 0 for an algorithm that is not read here.
uint64_t DigestSize(absl::string_view algorithm) {
  if (algorithm == "sha256") return 32;
  if (algorithm == "sha512") return 64;
  return 0;
}

// The NUL-padded name in `field`; nullopt when something follows the padding
// or a character is no letter, digit or hyphen.
std::optional<std::string> AlgorithmName(absl::Span<const uint8_t> field) {
  std::string name;
  size_t at = 0;
  for (; at < field.size() && field[at] != 0; ++at) {
    const char c = static_cast<char>(field[at]);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_';
    if (!plain) return std::nullopt;
    name.push_back(c);
  }
  if (name.empty() || !AllZero(field.subspan(at))) return std::nullopt;
  return name;
}

// The superblock's fields by byte offset: magic 0, version 8, hash type 12,
// UUID 16 (read over), algorithm 32, data block size 64, hash block size 68,
// data blocks 72, salt size 80, padding 82, salt 88, padding 344 to 511.
Evidence<VerityTree> ParseSuperblock(absl::Span<const uint8_t> bytes) {
  ByteCursor cursor(bytes);
  if (!cursor.Matches(0, absl::string_view("verity\0\0", 8))) {
    return Fault("wrong magic");
  }
  if (const uint32_t version = cursor.U32(8); version != 1) {
    return Fault(absl::StrCat("version ", version, " is not 1"));
  }
  if (const uint32_t type = cursor.U32(12); type != 1) {
    return Fault(absl::StrCat("hash type ", type, " is not 1"));
  }
  VerityTree tree;
  tree.data_block_size = cursor.U32(64);
  tree.hash_block_size = cursor.U32(68);
  tree.data_blocks = cursor.U64(72);
  for (uint32_t size : {tree.data_block_size, tree.hash_block_size}) {
    if (!IsBlockSize(size)) {
      return Fault(absl::StrCat("block size ", size,
                                " is not a power of two from 512 to 4096"));
    }
  }
  if (tree.data_blocks == 0) return Fault("there are no data blocks");
  const uint64_t salt_size = cursor.U16(80);
  if (salt_size > kMaxSalt) {
    return Fault(absl::StrCat("salt of ", salt_size, " bytes is over 256"));
  }
  const absl::Span<const uint8_t> salt = cursor.Bytes(88, salt_size);
  tree.salt.assign(salt.begin(), salt.end());
  if (!AllZero(cursor.Bytes(82, 6)) ||
      !AllZero(cursor.Bytes(88 + salt_size, kMaxSalt - salt_size)) ||
      !AllZero(cursor.Bytes(344, 168))) {
    return Fault("padding is not zero");
  }
  const std::optional<std::string> name = AlgorithmName(cursor.Bytes(32, 32));
  if (!name || !cursor.ok()) return Fault("the algorithm is not a name");
  if (DigestSize(*name) == 0) {
    return Unsupported{absl::StrCat("verity algorithm `", *name, "`")};
  }
  tree.algorithm = *name;
  tree.tree_offset = std::max<uint64_t>(kSuperblockSize, tree.hash_block_size);
  return tree;
}

// Whether data and tree fit into their partitions.
std::optional<Malformed> CheckFit(const VerityTree& tree, uint64_t data_size,
                                  uint64_t verity_size) {
  if (tree.data_blocks > data_size / tree.data_block_size) {
    return Fault(absl::StrCat(
        tree.data_blocks, " data blocks of ", tree.data_block_size,
        " bytes are beyond the data partition's ", data_size, " bytes"));
  }
  for (const ByteRange& level : TreeLevels(tree)) {
    if (level.offset > verity_size || level.size > verity_size - level.offset) {
      return Fault(
          absl::StrCat("the hash tree is beyond the verity "
                       "partition's ",
                       verity_size, " bytes"));
    }
  }
  return std::nullopt;
}

// The block that the root hash is of: the top hash block, or the one data
// block.
absl::StatusOr<RootHash> HashTop(ImageReader& image, const ByteRange& data,
                                 const ByteRange& verity,
                                 const VerityTree& tree) {
  const bool one_block = tree.data_blocks == 1;
  Bytes top(one_block ? tree.data_block_size : tree.hash_block_size);
  absl::Status status =
      image.ReadAt(one_block ? data.offset : verity.offset + tree.tree_offset,
                   absl::MakeSpan(top));
  if (!status.ok()) return status;
  absl::StatusOr<std::unique_ptr<BlockHasher>> hasher =
      BlockHasher::Create(tree.algorithm, tree.salt);
  if (!hasher.ok()) return hasher.status();
  Bytes digest((*hasher)->digest_size());
  (*hasher)->Hash(top, absl::MakeSpan(digest));
  return RootHash::FromBytes(digest);
}

bool Inside(const ByteRange& range, uint64_t size) {
  return range.offset <= size && range.size <= size - range.offset;
}

}  // namespace

uint64_t HashesPerBlock(const VerityTree& tree) {
  const uint64_t digest_size = DigestSize(tree.algorithm);
  if (digest_size == 0) return 0;
  uint64_t hashes = 1;
  while (2 * hashes * digest_size <= tree.hash_block_size) hashes *= 2;
  return hashes;
}

std::vector<ByteRange> TreeLevels(const VerityTree& tree) {
  std::vector<ByteRange> levels;
  const uint64_t per_block = HashesPerBlock(tree);
  // INVARIANT of a value: at least 8 digests a block, so this ends, and the
  // sizes do not overflow while data blocks are bounded by a partition.
  if (per_block < 2) return levels;
  for (uint64_t blocks = tree.data_blocks; blocks > 1;) {
    blocks = blocks / per_block + (blocks % per_block != 0 ? 1 : 0);
    levels.push_back({0, blocks * tree.hash_block_size});
  }
  std::reverse(levels.begin(), levels.end());
  uint64_t offset = tree.tree_offset;
  for (ByteRange& level : levels) {
    level.offset = offset;
    offset += level.size;
  }
  return levels;
}

absl::StatusOr<Evidence<VerityTree>> ReadVerityTree(ImageReader& image,
                                                    const ByteRange& data,
                                                    const ByteRange& verity) {
  if (!Inside(data, image.size_bytes()) ||
      !Inside(verity, image.size_bytes())) {
    return Evidence<VerityTree>(Fault("a partition is beyond the file"));
  }
  if (verity.size < kSuperblockSize) {
    return Evidence<VerityTree>(Fault("the partition is shorter than it"));
  }
  Bytes superblock(kSuperblockSize);
  absl::Status status = image.ReadAt(verity.offset, absl::MakeSpan(superblock));
  if (!status.ok()) return status;
  Evidence<VerityTree> evidence = ParseSuperblock(superblock);
  VerityTree* const tree = evidence.value();
  if (tree == nullptr) return evidence;
  if (auto fault = CheckFit(*tree, data.size, verity.size)) {
    return Evidence<VerityTree>(*fault);
  }
  absl::StatusOr<RootHash> root = HashTop(image, data, verity, *tree);
  if (!root.ok()) return root.status();
  tree->root_hash = *std::move(root);
  return evidence;
}

}  // namespace extgate
