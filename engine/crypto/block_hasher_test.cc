// Digests against published values.
#include "engine/crypto/block_hasher.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
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

TEST(StreamDigestTest, PiecesMakeOneStream) {
  auto stream = StreamDigest::Create();
  stream->Update(Text("a"));
  stream->Update({});
  stream->Update(Text("bc"));
  EXPECT_EQ(stream->Finish().hex(), kSha256);
}

}  // namespace
}  // namespace extgate
