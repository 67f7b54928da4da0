// UTF-16LE to UTF-8, and back.
#include "engine/image/utf16.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

struct Case {
  const char* name;
  std::vector<uint8_t> bytes;
  std::optional<std::string> text;
};

TEST(Utf16Test, Table) {
  const Case cases[] = {
      {"empty", {}, ""},
      {"ascii", {'a', 0, 'b', 0}, "ab"},
      {"ends at zero", {'a', 0, 0, 0, 'b', 0}, "a"},
      {"two bytes", {0xe9, 0x00}, "\xc3\xa9"},
      {"three bytes", {0xac, 0x20}, "\xe2\x82\xac"},
      {"a pair", {0x3d, 0xd8, 0x00, 0xde}, "\xf0\x9f\x98\x80"},
      {"high alone", {0x3d, 0xd8}, std::nullopt},
      {"high then letter", {0x3d, 0xd8, 'a', 0}, std::nullopt},
      {"high then end", {0x3d, 0xd8, 0, 0}, std::nullopt},
      {"low alone", {0x00, 0xde}, std::nullopt},
      {"two highs", {0x3d, 0xd8, 0x3d, 0xd8}, std::nullopt},
      {"half a unit", {'a'}, std::nullopt},
  };
  for (const Case& test : cases) {
    EXPECT_EQ(Utf16ToUtf8(test.bytes), test.text) << test.name;
  }
}

std::string Units(const std::vector<uint8_t>& bytes) {
  return {bytes.begin(), bytes.end()};
}

TEST(Utf16Test, BackAgain) {
  EXPECT_EQ(Utf8ToUtf16(""), Units({0, 0}));
  EXPECT_EQ(Utf8ToUtf16("ab"), Units({'a', 0, 'b', 0, 0, 0}));
  EXPECT_EQ(Utf8ToUtf16("\xc3\xa9\xe2\x82\xac"),
            Units({0xe9, 0x00, 0xac, 0x20, 0, 0}));
  EXPECT_EQ(Utf8ToUtf16("\xf0\x9f\x98\x80"),
            Units({0x3d, 0xd8, 0x00, 0xde, 0, 0}));
  EXPECT_EQ(Utf8ToUtf16("\xff"), std::nullopt);
  EXPECT_EQ(Utf8ToUtf16("\xed\xa0\xbd"), std::nullopt);  // a surrogate
  EXPECT_EQ(Utf8ToUtf16(absl::string_view("a\0b", 3)), std::nullopt);
}

}  // namespace
}  // namespace extgate
