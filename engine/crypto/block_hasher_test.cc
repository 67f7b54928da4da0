// Digests against published values and OpenSSL.
#include "engine/crypto/block_hasher.h"

#include <cstdint>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "engine/crypto/testing/ssl_ptr.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

std::vector<uint8_t> Text(absl::string_view text) {
  return std::vector<uint8_t>(text.begin(), text.end());
}

std::string Hex(const std::vector<uint8_t>& bytes) {
  return absl::BytesToHexString(absl::string_view(
      reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

// FIPS 180-2, "abc".
constexpr char kSha256[] =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr char kSha512[] =
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";

TEST(BlockHasherTest, SaltComesBeforeTheBlock) {
  for (const char* salt : {"", "a", "ab", "abc"}) {
    auto sha256 = BlockHasher::Create("sha256", Text(salt));
    ASSERT_TRUE(sha256.ok());
    ASSERT_EQ((*sha256)->digest_size(), 32u);
    std::vector<uint8_t> digest(32);
    const std::string rest =
        std::string("abc").substr(std::string(salt).size());
    // Twice: the salted state must not change.
    for (int i = 0; i < 2; ++i) {
      (*sha256)->Hash(Text(rest), absl::MakeSpan(digest));
      EXPECT_EQ(Hex(digest), kSha256) << salt;
    }
  }
}

TEST(BlockHasherTest, Sha512) {
  auto hasher = BlockHasher::Create("sha512", Text("a"));
  ASSERT_TRUE(hasher.ok());
  ASSERT_EQ((*hasher)->digest_size(), 64u);
  std::vector<uint8_t> digest(64);
  (*hasher)->Hash(Text("bc"), absl::MakeSpan(digest));
  EXPECT_EQ(Hex(digest), kSha512);
}

TEST(BlockHasherTest, OtherAlgorithmsAreUnimplemented) {
  for (const char* name : {"sha1", "SHA256", "sha-256", "md5", ""}) {
    EXPECT_TRUE(absl::IsUnimplemented(BlockHasher::Create(name, {}).status()))
        << name;
  }
}

std::vector<uint8_t> RandomBytes(size_t size, std::mt19937_64& random) {
  std::vector<uint8_t> bytes(size);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  return bytes;
}

std::string OpensslHex(const EVP_MD* algorithm,
                       absl::Span<const uint8_t> message) {
  std::vector<uint8_t> digest(static_cast<size_t>(EVP_MD_get_size(algorithm)));
  EXPECT_EQ(EVP_Digest(message.data(), message.size(), digest.data(), nullptr,
                       algorithm, nullptr),
            1);
  return Hex(digest);
}

// Of `hasher` over many blocks at once, each against OpenSSL.
void ExpectAsOpenssl(BlockHasher& hasher, const EVP_MD* algorithm,
                     const std::vector<uint8_t>& salt, size_t block_size,
                     size_t count, std::mt19937_64& random) {
  const size_t shift = random() % 8;
  const std::vector<uint8_t> bytes =
      RandomBytes(shift + count * block_size, random);
  const auto blocks = absl::MakeConstSpan(bytes).subspan(shift);
  const size_t size = hasher.digest_size();
  std::vector<uint8_t> digests(count * size);
  hasher.HashBlocks(blocks, block_size, absl::MakeSpan(digests));
  for (size_t i = 0; i < count; ++i) {
    std::vector<uint8_t> message = salt;
    const auto block = blocks.subspan(i * block_size, block_size);
    message.insert(message.end(), block.begin(), block.end());
    const std::vector<uint8_t> found(
        digests.begin() + static_cast<ptrdiff_t>(i * size),
        digests.begin() + static_cast<ptrdiff_t>((i + 1) * size));
    ASSERT_EQ(Hex(found), OpensslHex(algorithm, message))
        << "block " << i << " of " << count << " of " << block_size
        << " bytes, salt of " << salt.size();
  }
}

TEST(BlockHasherTest, EveryEngineAgreesWithOpenssl) {
  std::mt19937_64 random(1);
  for (const Sha256Engine engine : Sha256Engines()) {
    SCOPED_TRACE(std::string(ToText(engine)));
    for (int round = 0; round < 300; ++round) {
      const std::vector<uint8_t> salt = RandomBytes(random() % 257, random);
      const size_t sizes[] = {
          512, 1024, 4096, 65536, 1 + random() % 200, 1 + random() % 5000};
      const size_t block_size = sizes[random() % std::size(sizes)];
      const size_t count =
          block_size == 65536 ? 1 + random() % 18 : random() % 41;
      const auto hasher = BlockHasher::CreateSha256(salt, engine);
      ExpectAsOpenssl(*hasher, EVP_sha256(), salt, block_size, count, random);
    }
  }
}

// Across the blocks on which the engines are tried, and after.
TEST(BlockHasherTest, WhileItChoosesItAgreesWithOpenssl) {
  std::mt19937_64 random(3);
  const std::vector<uint8_t> salt = RandomBytes(32, random);
  const auto hasher = BlockHasher::Create("sha256", salt);
  ASSERT_TRUE(hasher.ok());
  for (int round = 0; round < 12; ++round) {
    ExpectAsOpenssl(**hasher, EVP_sha256(), salt, 1 + random() % 600,
                    random() % 97, random);
  }
}

TEST(BlockHasherTest, Sha512OfManyBlocksAgreesWithOpenssl) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 50; ++round) {
    const std::vector<uint8_t> salt = RandomBytes(random() % 257, random);
    const auto hasher = BlockHasher::Create("sha512", salt);
    ASSERT_TRUE(hasher.ok());
    ExpectAsOpenssl(**hasher, EVP_sha512(), salt, 1 + random() % 5000,
                    random() % 10, random);
  }
}

TEST(BlockHasherDeathTest, WhatHasNoRoomEndsTheProcess) {
  const auto hasher = BlockHasher::Create("sha256", {});
  ASSERT_TRUE(hasher.ok());
  const std::vector<uint8_t> blocks(1024);
  std::vector<uint8_t> digests(64);
  const auto room = absl::MakeSpan(digests);
  EXPECT_DEATH((*hasher)->HashBlocks(blocks, 256, room), "");
  EXPECT_DEATH((*hasher)->HashBlocks(blocks, 1000, room), "");
  EXPECT_DEATH((*hasher)->HashBlocks(blocks, 0, room), "");
  EXPECT_DEATH((*hasher)->Hash(blocks, room.subspan(0, 31)), "");
}

TEST(StreamDigestTest, PiecesMakeOneStream) {
  StreamDigest stream;
  stream.Update(Text("a"));
  stream.Update({});
  stream.Update(Text("bc"));
  EXPECT_EQ(stream.Finish().hex(), kSha256);
}

}  // namespace
}  // namespace extgate
