// What is JSON and what is not; nothing hostile may hang or grow.
#include "engine/image/json_scanner.h"

#include <string>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using Members = std::vector<JsonMember>;

std::string Nested(int depth) {
  return absl::StrCat("{\"a\":", std::string(depth - 1, '['), "1",
                      std::string(depth - 1, ']'), "}");
}

TEST(JsonScannerTest, ReadsStringsAndReadsOverTheRest) {
  const auto scanned = ScanJsonObject(
      " { \"s\" : \"x\\n\\u00e9\\ud83d\\ude00\\/\" , \"n\": -1.5e+3,\n"
      "\"o\": {\"s\": [true, false, null, {}, []]}, \"e\": \"\" } ");
  const Members* members = std::get_if<Members>(&scanned);
  ASSERT_NE(members, nullptr) << std::get<JsonFault>(scanned).why;
  ASSERT_EQ(members->size(), 4u);
  EXPECT_EQ((*members)[0].name, "s");
  EXPECT_EQ((*members)[0].text, "x\n\xc3\xa9\xf0\x9f\x98\x80/");
  EXPECT_EQ((*members)[0].offset, 9u);
  EXPECT_EQ((*members)[1].text, std::nullopt);
  EXPECT_EQ((*members)[2].text, std::nullopt);
  EXPECT_EQ((*members)[3].text, "");
}

TEST(JsonScannerTest, SixteenDeepIsRead) {
  const auto scanned = ScanJsonObject(Nested(16));
  EXPECT_TRUE(std::holds_alternative<Members>(scanned));
}

struct Case {
  const char* name;
  std::string text;
  const char* why;
  size_t offset;
};

TEST(JsonScannerTest, RefusesWithThePlace) {
  const Case cases[] = {
      {"empty", "", "expected an object", 0},
      {"an array", "[]", "expected an object", 0},
      {"a string", "\"a\"", "expected an object", 0},
      {"text behind", "{} x", "text follows the object", 3},
      {"two objects", "{}{}", "text follows the object", 2},
      {"no end", "{\"a\":1", "expected `,` or `}`", 6},
      {"comma at the end", "{\"a\":1,}", "expected a string", 7},
      {"comma in an array", "{\"a\":[1,]}", "expected a value", 8},
      {"array without end", "{\"a\":[1", "expected `,` or `]`", 7},
      {"name without quotes", "{a:1}", "expected a string", 1},
      {"no colon", "{\"a\" 1}", "expected `:`", 5},
      {"no value", "{\"a\":", "the text ends early", 5},
      {"a comment", "{/**/}", "expected a string", 1},
      {"a name twice", "{\"a\":1,\"a\":2}", "this name is there twice", 7},
      {"a name twice by escape", "{\"a\":1,\"\\u0061\":2}",
       "this name is there twice", 7},
      {"a name twice inside", "{\"o\":{\"a\":1,\"a\":2}}",
       "this name is there twice", 12},
      {"a name twice in an array", "{\"o\":[{\"a\":1,\"a\":2}]}",
       "this name is there twice", 13},
      {"seventeen deep", Nested(17), "nested deeper than 16", 21},
      {"a depth bomb", "{\"a\":" + std::string(4 << 20, '['),
       "nested deeper than 16", 21},
      {"a bomb of objects",
       "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":"
       "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":"
       "{\"a\":{\"a\":{\"a\":{\"a\":{",
       "nested deeper than 16", 81},
      {"leading zero", "{\"a\":01}", "expected `,` or `}`", 6},
      {"bare point", "{\"a\":1.}", "expected a value", 7},
      {"bare minus", "{\"a\":-}", "expected a value", 6},
      {"bare exponent", "{\"a\":1e}", "expected a value", 7},
      {"a word", "{\"a\":nil}", "expected a value", 5},
      {"string without end", "{\"a", "a string does not end", 3},
      {"a tab in a string", "{\"a\tb\":1}", "a control character in a string",
       3},
      {"a wrong escape", "{\"\\x\":1}", "an escape that JSON does not have", 2},
      {"a short unit", "{\"\\u12\":1}", "expected a hex digit", 6},
      {"a unit cut short", "{\"\\u12", "expected a hex digit", 6},
      {"high surrogate alone", "{\"\\ud83d\":1}",
       "an escape that JSON does not have", 8},
      {"two high surrogates", "{\"\\ud83d\\ud83d\":1}", "a lone surrogate", 14},
      {"low surrogate alone", "{\"\\ude00\":1}", "a lone surrogate", 8},
      {"a continuation byte", "{\"\x80\":1}", "invalid UTF-8", 2},
      {"overlong slash", "{\"\xc0\xaf\":1}", "invalid UTF-8", 2},
      {"overlong three", "{\"\xe0\x80\xaf\":1}", "invalid UTF-8", 2},
      {"a surrogate in UTF-8", "{\"\xed\xa0\x80\":1}", "invalid UTF-8", 2},
      {"beyond U+10FFFF", "{\"\xf4\x90\x80\x80\":1}", "invalid UTF-8", 2},
      {"cut sequence", "{\"\xe2\x82", "invalid UTF-8", 2},
  };
  for (const Case& test : cases) {
    const auto scanned = ScanJsonObject(test.text);
    const JsonFault* fault = std::get_if<JsonFault>(&scanned);
    ASSERT_NE(fault, nullptr) << test.name;
    EXPECT_EQ(fault->why, test.why) << test.name;
    EXPECT_EQ(fault->offset, test.offset) << test.name;
  }
}

}  // namespace
}  // namespace extgate
