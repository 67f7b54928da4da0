// Every engine that this CPU has, against published values and OpenSSL.
#include "engine/crypto/sha256.h"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "engine/crypto/testing/ssl_ptr.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::Contains;

std::string Hex(absl::Span<const uint8_t> bytes) {
  return absl::BytesToHexString(absl::string_view(
      reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

std::vector<uint8_t> RandomBytes(size_t size, std::mt19937_64& random) {
  std::vector<uint8_t> bytes(size);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  return bytes;
}

std::string OpensslHex(absl::Span<const uint8_t> bytes) {
  uint8_t digest[kSha256Size];
  EXPECT_EQ(EVP_Digest(bytes.data(), bytes.size(), digest, nullptr,
                       EVP_sha256(), nullptr),
            1);
  return Hex(digest);
}

class Sha256Test : public ::testing::TestWithParam<Sha256Engine> {};

INSTANTIATE_TEST_SUITE_P(Engines, Sha256Test,
                         ::testing::ValuesIn(Sha256Engines()),
                         [](const auto& tested) {
                           std::string name(ToText(tested.param));
                           std::erase(name, '-');
                           return name;
                         });

TEST(Sha256EnginesTest, ThePortableOneIsAlwaysThere) {
  EXPECT_THAT(Sha256Engines(), Contains(Sha256Engine::kPortable));
}

// FIPS 180-2, appendix B, and the empty message.
TEST_P(Sha256Test, PublishedValues) {
  const struct {
    std::string message;
    const char* digest;
  } cases[] = {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc",
       "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {std::string(1'000'000, 'a'),
       "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
  };
  for (const auto& c : cases) {
    Sha256 sha256(GetParam());
    sha256.Update(
        {reinterpret_cast<const uint8_t*>(c.message.data()), c.message.size()});
    EXPECT_EQ(Hex(sha256.Finish()), c.digest);
  }
}

TEST_P(Sha256Test, AgreesWithOpensslOnEveryLengthAndAnyPieces) {
  std::mt19937_64 random(1);
  const std::vector<uint8_t> bytes = RandomBytes(10'064, random);
  for (size_t size = 0; size <= 10'000; size += size < 300 ? 1 : 97) {
    const size_t shift = random() % 64;
    const auto message = absl::MakeConstSpan(bytes).subspan(shift, size);
    Sha256 sha256(GetParam());
    for (size_t at = 0; at < size;) {
      const size_t piece = random() % (size - at + 1);
      sha256.Update(message.subspan(at, piece));
      at += piece;
    }
    EXPECT_EQ(Hex(sha256.Finish()), OpensslHex(message)) << size;
  }
}

TEST_P(Sha256Test, EveryKernelAgreesLaneByLane) {
  std::mt19937_64 random(2);
  for (const Sha256Kernel& kernel : KernelsOf(GetParam())) {
    for (size_t chunks = 0; chunks <= 5; ++chunks) {
      const size_t stride = chunks * kSha256Chunk + random() % 100;
      // Not a byte more than the last lane needs.
      const std::vector<uint8_t> bytes = RandomBytes(
          (kernel.lanes - 1) * stride + chunks * kSha256Chunk, random);
      std::vector<Sha256State> states(kernel.lanes);
      for (Sha256State& state : states) {
        for (uint32_t& word : state) word = static_cast<uint32_t>(random());
      }
      const std::vector<Sha256State> before = states;
      kernel.compress(states.data(), bytes.data(), stride, chunks);
      const Sha256Kernel one = KernelsOf(Sha256Engine::kPortable).back();
      for (size_t lane = 0; lane < kernel.lanes; ++lane) {
        Sha256State expected = before[lane];
        one.compress(&expected, bytes.data() + lane * stride, 0, chunks);
        EXPECT_EQ(states[lane], expected) << lane << " of " << kernel.lanes;
      }
    }
  }
}

TEST(Sha256, ACopyGoesOnFromWhereItWasTaken) {
  const std::vector<uint8_t> bytes(100, 7);
  Sha256 one;
  one.Update(bytes);
  Sha256 other = one;
  other.Update(bytes);
  EXPECT_EQ(Hex(one.Finish()), OpensslHex(bytes));
  EXPECT_EQ(Hex(other.Finish()), OpensslHex(std::vector<uint8_t>(200, 7)));
}

}  // namespace
}  // namespace extgate
