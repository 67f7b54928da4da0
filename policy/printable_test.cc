#include "policy/printable.h"

#include <string>

#include "gtest/gtest.h"

namespace extgate {
namespace {

struct Case {
  std::string name;
  std::string in;
  std::string out;
};

class PrintableTest : public testing::TestWithParam<Case> {};

TEST_P(PrintableTest, Escapes) {
  EXPECT_EQ(PrintableText(GetParam().in), GetParam().out);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, PrintableTest,
    testing::Values(Case{"Plain", "k3s-1.30+k3s1", "k3s-1.30+k3s1"},
                    Case{"Umlaut", "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80",
                         "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"},
                    Case{"NewlineAndTab", "a\nb\tc", "a\\nb\\tc"},
                    Case{"Escape", "\x1b[31m", "\\x1b[31m"},
                    Case{"C1Control", "\xC2\x9Bm", "\\xc2\\x9bm"},
                    Case{"LoneContinuation", "a\x80", "a\\x80"},
                    Case{"Truncated", "\xE2\x82", "\\xe2\\x82"},
                    Case{"Overlong", "\xC0\xAF", "\\xc0\\xaf"},
                    Case{"OverlongThree", "\xE0\x80\xAF", "\\xe0\\x80\\xaf"},
                    Case{"Surrogate", "\xED\xA0\x80", "\\xed\\xa0\\x80"},
                    Case{"BeyondUnicode", "\xF4\x90\x80\x80",
                         "\\xf4\\x90\\x80\\x80"},
                    Case{"Delete", "\x7F", "\\x7f"}),
    [](const testing::TestParamInfo<Case>& it) { return it.param.name; });

TEST(PrintableTest, ResultIsAlwaysPrintable) {
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) {
      const std::string text = {static_cast<char>(a), static_cast<char>(b)};
      const std::string shown = PrintableText(text);
      EXPECT_EQ(PrintableText(shown), shown) << a << " " << b;
    }
  }
}

}  // namespace
}  // namespace extgate
