#include "engine/crypto/stream_hasher.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

absl::Span<const uint8_t> Bytes(absl::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

// FIPS 180-4, examples: "abc", and the empty message.
TEST(StreamHasher, DigestsOfTheStandard) {
  const struct {
    const char* algorithm;
    const char* abc;
    const char* empty;
  } kCases[] = {
      {"sha1", "a9993e364706816aba3e25717850c26c9cd0d89d",
       "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
      {"sha256",
       "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
       "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"sha384",
       "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
       "8086072ba1e7cc2358baeca134c825a7",
       "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da"
       "274edebfe76f65fbd51ad2f14898b95b"},
      {"sha512",
       "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
       "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
       "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
       "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"},
  };
  for (const auto& c : kCases) {
    auto hasher = StreamHasher::Create(c.algorithm);
    ASSERT_TRUE(hasher.ok()) << hasher.status();
    (*hasher)->Update(Bytes("a"));
    (*hasher)->Update(Bytes(""));
    (*hasher)->Update(Bytes("bc"));
    EXPECT_EQ(absl::BytesToHexString((*hasher)->Finish()), c.abc);
    // The next message has nothing of the last one.
    EXPECT_EQ(absl::BytesToHexString((*hasher)->Finish()), c.empty);
    (*hasher)->Update(Bytes("abc"));
    EXPECT_EQ(absl::BytesToHexString((*hasher)->Finish()), c.abc);
  }
}

TEST(StreamHasher, KnowsNoOthers) {
  for (const char* algorithm : {"", "md5", "SHA256", "sha224"}) {
    EXPECT_EQ(StreamHasher::Create(algorithm).status().code(),
              absl::StatusCode::kUnimplemented)
        << algorithm;
  }
}

}  // namespace
}  // namespace extgate
