// What is DER and what is only BER.
#include "engine/crypto/der.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

bool HexIsDer(const std::string& hex) {
  const std::string raw = absl::HexStringToBytes(hex);
  return IsDer(std::vector<uint8_t>(raw.begin(), raw.end()));
}

// A sequence of `content`, which is shorter than 64 KiB.
std::string Sequence(const std::string& content) {
  const size_t size = content.size();
  if (size < 0x80) return "\x30" + std::string(1, char(size)) + content;
  if (size < 0x100) return "\x30\x81" + std::string(1, char(size)) + content;
  return "\x30\x82" + std::string(1, char(size >> 8)) +
         std::string(1, char(size & 0xff)) + content;
}

TEST(DerTest, Table) {
  const struct {
    const char* name;
    std::string hex;
    bool is_der;
  } cases[] = {
      {"nothing", "", true},
      {"null", "0500", true},
      {"two elements", "05000500", true},
      {"sequence of an integer", "3003020101", true},
      {"context, constructed", "a003020101", true},
      {"context, primitive holds anything", "8003ffffff", true},
      {"128 bytes", "048180" + std::string(256, '0'), true},
      {"256 bytes", "04820100" + std::string(512, '0'), true},
      {"cut in the tag's length", "30", false},
      {"cut in the content", "0202", false},
      {"inner longer than outer", "30030202", false},
      {"a byte behind", "050000", false},
      {"indefinite", "308002010100", false},
      {"length 1 in two bytes",
       "0481"
       "01"
       "00",
       false},
      {"length 255 in three bytes", "048200ff" + std::string(510, '0'), false},
      {"length of five bytes",
       "04850000000001"
       "00",
       false},
      {"length cut", "0482", false},
      {"primitive sequence", "1003020101", false},
      {"primitive set", "1103020101", false},
      {"constructed octets",
       "24030401"
       "00",
       false},
      {"long tag",
       "1f8101"
       "00",
       false},
      {"end of contents", "0000", false},
      {"end of contents inside", "30020000", false},
      {"broken inside context",
       "a0031003"
       "02",
       false},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(HexIsDer(test.hex), test.is_der) << test.name;
  }
}

TEST(DerTest, DepthIsBounded) {
  std::string der("\x05\x00", 2);
  for (int depth = 1; depth < 32; ++depth) der = Sequence(der);
  EXPECT_TRUE(IsDer(std::vector<uint8_t>(der.begin(), der.end())));
  der = Sequence(der);
  EXPECT_FALSE(IsDer(std::vector<uint8_t>(der.begin(), der.end())));
}

}  // namespace
}  // namespace extgate
