#include "policy/glob_relation.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace extgate {
namespace {

Glob Of(const std::string& text) { return Glob::Parse(text).value(); }

std::optional<bool> CoveredBy(const std::string& narrow,
                              const std::vector<std::string>& wide) {
  std::vector<Glob> globs;
  for (const std::string& text : wide) globs.push_back(Of(text));
  return Covered(Of(narrow), globs);
}

TEST(CoveredTest, TellsWhetherEveryNameIsMatched) {
  EXPECT_EQ(CoveredBy("k3sv1.30*", {"k3s*"}), true);
  EXPECT_EQ(CoveredBy("k3s*", {"k3sv1.30*"}), false);
  EXPECT_EQ(CoveredBy("k3s", {"k?s"}), true);
  EXPECT_EQ(CoveredBy("k?s", {"k[0-9]s"}), false);
  EXPECT_EQ(CoveredBy("k[2-4]s", {"k[0-9]s"}), true);
  EXPECT_EQ(CoveredBy("a*b*c", {"a*c"}), true);
  EXPECT_EQ(CoveredBy("*", {"?*"}), false);  // the empty text
  EXPECT_EQ(CoveredBy("a", {}), false);
}

TEST(CoveredTest, SeveralCoverTogether) {
  EXPECT_EQ(CoveredBy("k[0-9]", {"k[0-4]", "k[5-9]"}), true);
  EXPECT_EQ(CoveredBy("k?", {"k[a]", "k[!a]"}), true);
  EXPECT_EQ(CoveredBy("k?", {"k[a]", "k[!ab]"}), false);
}

TEST(CoveredTest, CharactersBeyondAsciiAndBytesThatAreNoneCount) {
  EXPECT_EQ(CoveredBy("é", {"[à-ÿ]"}), true);
  EXPECT_EQ(CoveredBy("?", {"[!\xff]"}), false);
  EXPECT_EQ(CoveredBy("\xff", {"?"}), true);
}

TEST(CoveredTest, IsGivenUpWhereItWouldTakeLong) {
  EXPECT_EQ(CoveredBy(std::string(257, 'a'), {"*"}), std::nullopt);
  // Which of the last 41 characters were an `a`.
  const std::string tail(40, '?');
  EXPECT_EQ(CoveredBy("*", {"*a" + tail}), false);
  EXPECT_EQ(CoveredBy("?*" + tail, {"*a" + tail, "*[!a]" + tail}),
            std::nullopt);
}

TEST(OverlapTest, TellsWhetherANameIsInBoth) {
  EXPECT_EQ(Overlap(Of("k3s*"), Of("*v1")), true);
  EXPECT_EQ(Overlap(Of("k3s*"), Of("rke2*")), false);
  EXPECT_EQ(Overlap(Of("a[0-4]"), Of("a[4-9]")), true);
  EXPECT_EQ(Overlap(Of("a[0-4]"), Of("a[5-9]")), false);
}

// Every glob of at most three of these tokens.
std::vector<std::string> SmallGlobs() {
  const std::vector<std::string> tokens = {"a", "b", "?", "*", "[ab]", "[!a]"};
  std::vector<std::string> globs;
  for (const std::string& a : tokens) {
    globs.push_back(a);
    for (const std::string& b : tokens) {
      globs.push_back(a + b);
      for (const std::string& c : tokens) globs.push_back(a + b + c);
    }
  }
  return globs;
}

// Every text of at most five of three characters.
std::vector<std::string> SmallTexts() {
  std::vector<std::string> texts = {""};
  for (size_t i = 0; i < texts.size() && texts[i].size() < 5; ++i) {
    for (char c : {'a', 'b', 'c'}) texts.push_back(texts[i] + c);
  }
  return texts;
}

TEST(GlobRelationProperty, AgreesWithMatchingEverySmallText) {
  const std::vector<std::string> texts = SmallTexts();
  std::vector<Glob> globs;
  std::vector<std::vector<bool>> matches;
  for (const std::string& text : SmallGlobs()) {
    globs.push_back(Of(text));
    matches.emplace_back();
    for (const std::string& name : texts) {
      matches.back().push_back(globs.back().Matches(name));
    }
  }
  for (size_t a = 0; a < globs.size(); ++a) {
    for (size_t b = 0; b < globs.size(); b += 7 + a % 5) {
      bool covered = true;
      bool overlap = false;
      for (size_t i = 0; i < texts.size(); ++i) {
        covered &= !matches[a][i] || matches[b][i];
        overlap |= matches[a][i] && matches[b][i];
      }
      ASSERT_EQ(Covered(globs[a], {&globs[b], 1}), covered)
          << globs[a].text() << " in " << globs[b].text();
      ASSERT_EQ(Overlap(globs[a], globs[b]), overlap)
          << globs[a].text() << " and " << globs[b].text();
    }
  }
}

}  // namespace
}  // namespace extgate
