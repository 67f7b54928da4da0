#include "policy/hex_bytes.h"

#include <cstdint>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace extgate {
namespace {

std::string Hex(size_t digits) { return std::string(digits, 'a'); }

TEST(HexBytesTest, ReadsEitherCaseAndPrintsLowerCase) {
  const auto root_hash = RootHash::Parse("00FFaBcD" + Hex(24));
  ASSERT_TRUE(root_hash.ok()) << root_hash.status();
  EXPECT_EQ(root_hash->hex(), "00ffabcd" + Hex(24));
  EXPECT_EQ(root_hash->size_bytes(), 16u);
}

TEST(HexBytesTest, AcceptsExactlyTheLengthsOfItsKind) {
  for (size_t digits = 0; digits <= 140; ++digits) {
    EXPECT_EQ(RootHash::Parse(Hex(digits)).ok(),
              digits % 2 == 0 && digits >= 32 && digits <= 128)
        << digits;
    EXPECT_EQ(FileDigest::Parse(Hex(digits)).ok(), digits == 64) << digits;
    EXPECT_EQ(Fingerprint::Parse(Hex(digits)).ok(), digits == 64) << digits;
  }
}

TEST(HexBytesTest, RefusesEveryByteThatIsNoDigit) {
  for (int byte = 0; byte < 256; ++byte) {
    std::string text = Hex(64);
    text[17] = static_cast<char>(byte);
    const bool is_digit = (byte >= '0' && byte <= '9') ||
                          (byte >= 'a' && byte <= 'f') ||
                          (byte >= 'A' && byte <= 'F');
    EXPECT_EQ(FileDigest::Parse(text).ok(), is_digit) << byte;
  }
}

TEST(HexBytesTest, SaysWhatWasExpected) {
  EXPECT_EQ(FileDigest::Parse("abc").status().message(),
            "`abc` has 3 hex digits, expected 64");
  EXPECT_EQ(RootHash::Parse("ab").status().message(),
            "`ab` has 2 hex digits, expected 32 to 128");
  EXPECT_EQ(RootHash::Parse("xy").status().message(),
            "`xy` is not hexadecimal");
}

TEST(HexBytesTest, BytesGoThereAndBack) {
  std::vector<uint8_t> bytes(32);
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<uint8_t>(i * 37);
  }
  const auto digest = FileDigest::FromBytes(bytes);
  ASSERT_TRUE(digest.ok()) << digest.status();
  EXPECT_EQ(digest->bytes(), bytes);
  EXPECT_EQ(FileDigest::Parse(digest->hex()).value(), *digest);
  bytes.pop_back();
  EXPECT_FALSE(FileDigest::FromBytes(bytes).ok());
}

}  // namespace
}  // namespace extgate
