// Superblocks and roots: published vectors, geometry, and each refusal.
#include "engine/image/verity.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "engine/image/buffer_reader.h"
#include "engine/image/image_builder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::HasSubstr;

Bytes FromHex(absl::string_view hex) {
  const std::string raw = absl::HexStringToBytes(hex);
  return Bytes(raw.begin(), raw.end());
}

// Data, then the verity partition.
struct Pair {
  Bytes bytes;
  ByteRange data;
  ByteRange verity;
};

Pair MakePair(const Bytes& data, const TestTree& options) {
  const BuiltTree tree = BuildTree(data, options);
  Pair pair;
  pair.bytes = data;
  pair.bytes.insert(pair.bytes.end(), tree.superblock_and_tree.begin(),
                    tree.superblock_and_tree.end());
  pair.data = {0, data.size()};
  pair.verity = {data.size(), tree.superblock_and_tree.size()};
  return pair;
}

Evidence<VerityTree> Read(const Pair& pair) {
  BufferReader image(pair.bytes);
  auto tree = ReadVerityTree(image, pair.data, pair.verity);
  EXPECT_TRUE(tree.ok()) << tree.status();
  return tree.ok() ? *std::move(tree) : Evidence<VerityTree>();
}

struct Vector {
  uint32_t block_size;
  const char* salt;
  const char* root_hash;
};

constexpr char kSalt[] =
    "e48da609055204e89ae53b655ca2216dd983cf3cb829f34f63a297d106d53e2d";

// cryptsetup's tests/verity-compat-test, over 8 MiB of zeros.
TEST(VerityTest, VectorsOfVeritysetup) {
  const Vector vectors[] = {
      {512, kSalt,
       "9de18652fe74edfb9b805aaed72ae2aa48f94333f1ba5c452ac33b1c39325174"},
      {1024, kSalt,
       "54d92778750495d1f80832b486ebd007617d746271511bbf0e295e143da2b3df"},
      {4096, kSalt,
       "e522df0f97da4febb882ac40f30b37dc0b444bf6df418929463fa25280f09d5c"},
      {4096, "",
       "ef29c902d87350f1da4bfa536e16cebc162a909bf89abe448b81ec500d4fb9bf"},
  };
  for (const Vector& vector : vectors) {
    TestTree options;
    options.data_block_size = options.hash_block_size = vector.block_size;
    options.salt = FromHex(vector.salt);
    const Evidence<VerityTree> evidence =
        Read(MakePair(Bytes(8 << 20, 0), options));
    ASSERT_NE(evidence.value(), nullptr) << vector.block_size;
    EXPECT_EQ(evidence.value()->root_hash->hex(), vector.root_hash);
    EXPECT_EQ(evidence.value()->data_block_size, vector.block_size);
    EXPECT_EQ(evidence.value()->data_blocks, (8u << 20) / vector.block_size);
    EXPECT_EQ(evidence.value()->salt, options.salt);
    EXPECT_EQ(evidence.value()->algorithm, "sha256");
  }
}

TEST(VerityTest, OneBlockHasNoTree) {
  const Pair pair = MakePair(Bytes(4096, 7), {});
  EXPECT_EQ(pair.verity.size, 4096u);
  const Evidence<VerityTree> evidence = Read(pair);
  ASSERT_NE(evidence.value(), nullptr);
  EXPECT_TRUE(TreeLevels(*evidence.value()).empty());
  // SHA-256 of 32 bytes 0x5a and 4096 bytes 0x07, by sha256sum.
  EXPECT_EQ(evidence.value()->root_hash->hex(),
            "db78003b07157d1406198625facfd15cfea0865919b5011afe2c7ccf8845ce00");
}

struct Geometry {
  uint64_t data_blocks;
  uint32_t hash_block_size;
  const char* algorithm;
  std::vector<ByteRange> levels;
};

TEST(VerityTest, LevelsAreStoredRootFirst) {
  const uint64_t k = 4096;
  const Geometry table[] = {
      {1, 4096, "sha256", {}},
      {2, 4096, "sha256", {{k, k}}},
      {128, 4096, "sha256", {{k, k}}},
      {129, 4096, "sha256", {{k, k}, {2 * k, 2 * k}}},
      {128 * 128, 4096, "sha256", {{k, k}, {2 * k, 128 * k}}},
      {128 * 128 + 1,
       4096,
       "sha256",
       {{k, k}, {2 * k, 2 * k}, {4 * k, 129 * k}}},
      {64, 4096, "sha512", {{k, k}}},
      {65, 4096, "sha512", {{k, k}, {2 * k, 2 * k}}},
      {17, 512, "sha256", {{512, 512}, {1024, 1024}}},
  };
  for (const Geometry& test : table) {
    VerityTree tree;
    tree.algorithm = test.algorithm;
    tree.data_blocks = test.data_blocks;
    tree.data_block_size = 4096;
    tree.hash_block_size = test.hash_block_size;
    tree.tree_offset = test.hash_block_size;
    EXPECT_EQ(TreeLevels(tree), test.levels) << test.data_blocks;
  }
}

TEST(VerityTest, LevelsOfTheLargestFileDoNotOverflow) {
  VerityTree tree;
  tree.algorithm = "sha512";
  tree.data_blocks = UINT64_MAX / 512;
  tree.hash_block_size = 512;
  tree.tree_offset = 512;
  const std::vector<ByteRange> levels = TreeLevels(tree);
  ASSERT_EQ(levels.size(), 19u);
  EXPECT_EQ(levels.back().size, ((UINT64_MAX / 512 + 7) / 8) * 512);
}

struct Case {
  const char* name;
  std::function<void(Pair&)> spoil;  // pair.verity.offset is the superblock
  const char* why;
};

Bytes& Put(Pair& pair, uint64_t field, uint64_t value, int width) {
  PutNumber(pair.bytes, pair.verity.offset + field, value, width);
  return pair.bytes;
}

TEST(VerityTest, RefusesBrokenSuperblocks) {
  using P = Pair;
  const Case cases[] = {
      {"magic", [](P& p) { Put(p, 0, 'V', 1); }, "wrong magic"},
      {"magic's end", [](P& p) { Put(p, 7, 1, 1); }, "wrong magic"},
      {"version", [](P& p) { Put(p, 8, 2, 4); }, "version 2"},
      {"hash type 0", [](P& p) { Put(p, 12, 0, 4); }, "hash type 0"},
      {"no algorithm", [](P& p) { Put(p, 32, 0, 8); }, "algorithm"},
      {"algorithm not padded", [](P& p) { Put(p, 63, 'x', 1); }, "algorithm"},
      {"algorithm in capitals", [](P& p) { Put(p, 32, 'S', 1); }, "algorithm"},
      {"data block 0", [](P& p) { Put(p, 64, 0, 4); }, "block size 0"},
      {"data block 256", [](P& p) { Put(p, 64, 256, 4); }, "block size 256"},
      {"data block 3000", [](P& p) { Put(p, 64, 3000, 4); }, "block size"},
      {"data block 8192", [](P& p) { Put(p, 64, 8192, 4); }, "block size"},
      {"hash block 2^31", [](P& p) { Put(p, 68, 1u << 31, 4); }, "block size"},
      {"hash block 1", [](P& p) { Put(p, 68, 1, 4); }, "block size 1"},
      {"no data", [](P& p) { Put(p, 72, 0, 8); }, "no data blocks"},
      {"one block too many", [](P& p) { Put(p, 72, 201, 8); },
       "beyond the data partition"},
      {"2^32 blocks", [](P& p) { Put(p, 72, uint64_t{1} << 32, 8); },
       "beyond the data partition"},
      {"2^64 - 1 blocks", [](P& p) { Put(p, 72, UINT64_MAX, 8); },
       "beyond the data partition"},
      {"2^52 blocks, 0 bytes", [](P& p) { Put(p, 72, uint64_t{1} << 52, 8); },
       "beyond the data partition"},
      {"salt of 257", [](P& p) { Put(p, 80, 257, 2); }, "over 256"},
      {"salt of 65535", [](P& p) { Put(p, 80, 65535, 2); }, "over 256"},
      {"padding", [](P& p) { Put(p, 82, 1, 1); }, "padding"},
      {"padding's end", [](P& p) { Put(p, 87, 1, 1); }, "padding"},
      {"behind the salt", [](P& p) { Put(p, 88 + 32, 1, 1); }, "padding"},
      {"salt field's end", [](P& p) { Put(p, 343, 1, 1); }, "padding"},
      {"tail", [](P& p) { Put(p, 344, 1, 1); }, "padding"},
      {"tail's end", [](P& p) { Put(p, 511, 1, 1); }, "padding"},
      {"tree cut short", [](P& p) { p.verity.size -= 1; }, "hash tree"},
      {"no room for a superblock", [](P& p) { p.verity.size = 511; },
       "shorter"},
      {"verity beyond the file", [](P& p) { p.verity.size += 1; },
       "beyond the file"},
      {"verity at 2^64 - 1", [](P& p) { p.verity.offset = UINT64_MAX; },
       "beyond the file"},
      {"data beyond the file", [](P& p) { p.data.size = UINT64_MAX; },
       "beyond the file"},
  };
  for (const Case& test : cases) {
    Pair pair = MakePair(Bytes(200 * 4096, 3), {});
    test.spoil(pair);
    const Evidence<VerityTree> evidence = Read(pair);
    ASSERT_NE(evidence.malformed(), nullptr) << test.name;
    EXPECT_EQ(evidence.malformed()->where, "verity superblock") << test.name;
    EXPECT_THAT(evidence.malformed()->why, HasSubstr(test.why)) << test.name;
  }
}

TEST(VerityTest, OtherAlgorithmsAreUnsupported) {
  for (const char* name : {"sha1", "sha384", "blake2b-256", "crc32"}) {
    Pair pair = MakePair(Bytes(8192, 3), {});
    Put(pair, 32, 0, 8);
    for (size_t i = 0; name[i] != 0; ++i) Put(pair, 32 + i, name[i], 1);
    const Evidence<VerityTree> evidence = Read(pair);
    ASSERT_NE(evidence.unsupported(), nullptr) << name;
    EXPECT_THAT(evidence.unsupported()->what, HasSubstr(name));
  }
}

TEST(VerityTest, EveryTruncationOfTheFileIsRefused) {
  const Pair pair = MakePair(Bytes(3 * 512, 3), {"sha256", 512, 512, {}});
  for (size_t size = 0; size < pair.bytes.size(); ++size) {
    Pair cut = pair;
    cut.bytes.resize(size);
    ASSERT_NE(Read(cut).malformed(), nullptr) << size;
    // And with a partition that ends where the file does.
    cut.verity.size = size > cut.verity.offset ? size - cut.verity.offset : 0;
    ASSERT_EQ(Read(cut).value(), nullptr) << size;
  }
}

TEST(VerityTest, EveryBitOfSuperblockAndTopBlockCounts) {
  Pair pair = MakePair(Bytes(200 * 4096, 3), {});
  const Evidence<VerityTree> good = Read(pair);
  const uint64_t first = 8 * pair.verity.offset;
  for (uint64_t bit = first; bit < first + 8 * 8192; ++bit) {
    const uint64_t byte = bit / 8 - pair.verity.offset;
    if (byte >= 512 && byte < 4096) continue;  // between superblock and tree
    pair.bytes[bit / 8] ^= 1 << bit % 8;
    const Evidence<VerityTree> evidence = Read(pair);
    // The UUID names a device and nothing else. A smaller count of blocks is
    // seen, and what is read stays below the root hash.
    const bool uuid = byte >= 16 && byte < 32;
    const bool count = byte >= 72 && byte < 80;
    ASSERT_EQ(evidence == good, uuid) << "byte " << byte;
    const bool same_root =
        evidence.value() != nullptr &&
        evidence.value()->root_hash == good.value()->root_hash;
    ASSERT_TRUE(!same_root || uuid || count) << "byte " << byte;
    if (same_root && count) {
      ASSERT_LT(evidence.value()->data_blocks, good.value()->data_blocks);
    }
    pair.bytes[bit / 8] ^= 1 << bit % 8;
  }
}

}  // namespace
}  // namespace extgate
