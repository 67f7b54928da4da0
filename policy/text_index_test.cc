#include "policy/text_index.h"

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

// Line and column counted one character at a time.
TextPlace CountedPlace(absl::string_view text, size_t offset) {
  TextPlace place;
  for (size_t i = 0; i < offset; ++i) {
    const bool continues =
        i + 1 < text.size() &&
        (static_cast<unsigned char>(text[i + 1]) & 0xC0) == 0x80;
    if (text[i] == '\n') {
      ++place.line;
      place.column = 1;
    } else if (!continues) {
      ++place.column;
    }
  }
  return place;
}

TEST(TextIndexTest, AgreesWithCountingAtTheStartOfEveryCharacter) {
  std::string text;
  for (int i = 0; i < 300; ++i) {
    text += i % 7 == 0 ? "é" : i % 11 == 0 ? "\xF0\x9F\x94\x91" : "x";
    if (i % 97 == 0) text += "\n";
  }
  const TextIndex index(text);
  for (size_t offset = 0; offset <= text.size(); ++offset) {
    if (offset < text.size() &&
        (static_cast<unsigned char>(text[offset]) & 0xC0) == 0x80) {
      continue;
    }
    const TextPlace place = index.PlaceOf(offset);
    const TextPlace counted = CountedPlace(text, offset);
    EXPECT_EQ(place.line, counted.line) << offset;
    EXPECT_EQ(place.column, counted.column) << offset;
  }
}

TEST(TextIndexTest, PlacesBeyondTheTextAreItsEnd) {
  const TextIndex index("ab\ncd");
  for (const TextPlace place :
       {index.PlaceOf(99), index.PlaceOf(7, 0), index.PlaceOf(1, 50)}) {
    EXPECT_EQ(place.line, 2);
    EXPECT_EQ(place.column, 3);
  }
  EXPECT_EQ(index.PlaceOf(0, 50).line, 1);
  EXPECT_EQ(index.PlaceOf(0, 50).column, 3);
}

TEST(TextIndexTest, EmptyTextHasOnePlace) {
  const TextIndex index("");
  EXPECT_EQ(index.PlaceOf(0).line, 1);
  EXPECT_EQ(index.PlaceOf(0).column, 1);
}

struct ForbiddenCase {
  const char* name;
  absl::string_view text;
  std::optional<size_t> at;
};

TEST(FirstForbiddenByteTest, Table) {
  const ForbiddenCase kCases[] = {
      {"empty", "", std::nullopt},
      {"text with every break", "a\tb\nc\r\nd", std::nullopt},
      {"two to four bytes", "é€\xF0\x9F\x94\x91", std::nullopt},
      {"next line", "a\xC2\x85", std::nullopt},
      {"end of transmission, where yaml-cpp ends a text",
       "ab\x04"
       "c",
       2},
      {"nul", absl::string_view("a\0", 2), 1},
      {"escape", "\x1B[0m", 0},
      {"delete", "a\x7F", 1},
      {"a C1 control", "a\xC2\x9B", 1},
      {"carriage return alone", "a\rb", 1},
      {"carriage return at the end", "a\r", 1},
      {"lone continuation", "a\x80", 1},
      {"truncated", "a\xE2\x82", 1},
      {"overlong", "\xC0\xAF", 0},
      {"surrogate", "\xED\xA0\x80", 0},
      {"beyond Unicode", "\xF4\x90\x80\x80", 0},
      {"non-character", "\xEF\xBF\xBF", 0},
      {"UTF-16",
       absl::string_view("\xFF\xFE"
                         "a\0",
                         4),
       0},
  };
  for (const ForbiddenCase& test : kCases) {
    EXPECT_EQ(FirstForbiddenByte(test.text), test.at) << test.name;
  }
}

}  // namespace
}  // namespace extgate
