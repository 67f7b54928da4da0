#include "policy/snippet.h"

#include <algorithm>
#include <string>

#include "gtest/gtest.h"

namespace extgate {
namespace {

std::string At(absl::string_view text, int line, int column) {
  return Snippets(text).At(line, column);
}

TEST(SnippetTest, ShowsTheLineAndACaret) {
  const char kText[] = "a: 1\n  mode: enforce\nb: 2";
  EXPECT_EQ(At(kText, 2, 9),
            "    2 |   mode: enforce\n"
            "      |         ^\n");
  EXPECT_EQ(At(kText, 3, 4),
            "    3 | b: 2\n"
            "      |    ^\n");
}

TEST(SnippetTest, WithoutAColumnThereIsNoCaret) {
  EXPECT_EQ(At("a\r\nb\r\n", 1, 0), "    1 | a\n");
}

TEST(SnippetTest, APlaceBeyondTheTextIsNoneOrTheEndOfItsLine) {
  EXPECT_EQ(At("a\n", 3, 1), "");
  EXPECT_EQ(At("a\n", 0, 1), "");
  EXPECT_EQ(At("ab\n", 1, 99), "    1 | ab\n      |   ^\n");
  EXPECT_EQ(At("", 1, 1), "    1 | \n      | ^\n");
}

TEST(SnippetTest, TheCaretStandsBelowItsCharacter) {
  EXPECT_EQ(At("a\tb: c", 1, 3), "    1 | a       b: c\n      |         ^\n");
  EXPECT_EQ(At("é: x", 1, 4), "    1 | é: x\n      |    ^\n");
  EXPECT_EQ(At("漢字: x", 1, 5), "    1 | 漢字: x\n      |       ^\n");
  EXPECT_EQ(At("e\u0301: x", 1, 5), "    1 | e\u0301: x\n      |    ^\n");
}

TEST(SnippetTest, NothingOfTheTextMovesTheCursor) {
  EXPECT_EQ(At("a\x1b[31m\xff\u202ez", 1, 9),
            "    1 | a?[31m??z\n      |         ^\n");
}

TEST(SnippetTest, OfALongLineWhatIsAroundTheCaretIsShown) {
  const std::string line = std::string(500, 'a') + "b" + std::string(500, 'c');
  EXPECT_EQ(At(line, 1, 501), "    1 | …" + std::string(60, 'a') + "b" +
                                  std::string(39, 'c') + "…\n      |  " +
                                  std::string(60, ' ') + "^\n");
  EXPECT_EQ(At(line, 1, 1),
            "    1 | " + std::string(100, 'a') + "…\n      | ^\n");
  EXPECT_EQ(At(line, 1, 1002), "    1 | …" + std::string(100, 'c') +
                                   "\n      |  " + std::string(100, ' ') +
                                   "^\n");
}

TEST(SnippetTest, ALineOfMegabytesCostsNoMoreThanAShortOne) {
  std::string line;
  for (int i = 0; i < 1 << 20; ++i) line += "é";
  line[line.size() / 2] = 'x';
  line[line.size() / 2 + 1] = 'y';
  const Snippets snippets(line);
  for (int i = 0; i < 2000; ++i) snippets.At(1, (1 << 19) + i);
  EXPECT_NE(snippets.At(1, (1 << 19) + 1).find("éxyé"), std::string::npos);
}

TEST(SnippetTest, AnyBytesAreShownAsTwoLines) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  for (int column = 0; column < 300; ++column) {
    for (int line = 1; line <= 2; ++line) {
      const std::string shown = At(bytes, line, column);
      EXPECT_EQ(std::count(shown.begin(), shown.end(), '\n'),
                column == 0 ? 1 : 2);
      EXPECT_EQ(shown.find('\x1b'), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace extgate
