#include "policy/diff/name_language.h"

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "policy/characters.h"
#include "policy/diff/version_language.h"
#include "policy/glob.h"
#include "policy/name_pattern.h"
#include "policy/printable.h"
#include "policy/version_order.h"
#include "policy/version_range.h"

namespace extgate {
namespace {

bool Has(const NameLanguage& language, const std::string& name) {
  PlaceBits at = language.start;
  for (size_t i = 0; i < name.size();) {
    const uint32_t character = TakeCharacter(name, i);
    PlaceBits next = 0;
    for (const NameLanguage::Move& move : language.moves) {
      if ((at >> move.from & 1) != 0 &&
          language.sets[move.set].Contains(character)) {
        next |= move.to;
      }
    }
    at = next;
  }
  return (at & language.end) != 0;
}

class Words {
 public:
  explicit Words(uint32_t seed) : random_(seed) {}
  uint32_t Below(size_t limit) {
    return static_cast<uint32_t>(random_() % limit);
  }
  std::string Join(const std::vector<std::string>& from, size_t most) {
    std::string text;
    for (size_t n = Below(most + 1); n > 0; --n) {
      text += from[Below(from.size())];
    }
    return text;
  }

 private:
  std::mt19937 random_;
};

TEST(CharacterSet, IsASetOfCodePoints) {
  const CharacterSet set({{'c', 'f'}, {'a', 'b'}, {'x', 'x'}});
  EXPECT_EQ(set.ranges(),
            (std::vector<CharacterSet::Range>{{'a', 'f'}, {'x', 'x'}}));
  EXPECT_EQ(set.Complement().Complement(), set);
  EXPECT_FALSE(set.Complement().Contains('x'));
  EXPECT_TRUE(set.Complement().Contains(0x10ffff));
  EXPECT_EQ(CharacterSet::All().Complement(), CharacterSet());
}

TEST(Characters, AreTakenAsTheyAreWritten) {
  for (const uint32_t character : {0x41u, 0xe9u, 0x65e5u, 0x1f511u}) {
    std::string text;
    AppendUtf8(character, text);
    size_t at = 0;
    EXPECT_EQ(TakeCharacter(text, at), character);
    EXPECT_EQ(at, text.size());
  }
}

TEST(LanguageOfGlob, HasWhatTheGlobMatches) {
  Words words(1);
  for (int round = 0; round < 2000; ++round) {
    const std::string text =
        words.Join({"a", "b", "*", "?", "[ab]", "[!b]", "[a-c]", "[]x-]",
                    "\xc3\xa9", "[\xc3\xa0-\xc3\xbf]", "1"},
                   5);
    const auto glob = Glob::Parse(text);
    if (!glob.ok()) continue;
    const auto language = LanguageOfGlob(text);
    ASSERT_TRUE(language.has_value());
    for (int i = 0; i < 40; ++i) {
      const std::string name =
          words.Join({"a", "b", "c", "-", "]", "1", "\xc3\xa9"}, 6);
      EXPECT_EQ(Has(*language, name), glob->Matches(name))
          << text << " " << name;
    }
  }
  EXPECT_FALSE(LanguageOfGlob(std::string(200, 'a')).has_value());
}

TEST(LanguageOfExpression, HasWhatTheExpressionTakes) {
  Words words(2);
  int read = 0;
  int matched = 0;
  for (int round = 0; round < 6000; ++round) {
    const std::string text =
        words.Join({"a",    "b",     "1",    ".",   "*",     "+",      "?",
                    "|",    "(",     ")",    "(?:", "[ab]",  "[^b]",   "[a-c]",
                    "{2}",  "{1,2}", "{0,}", "\\d", "\\w",   "[\\d-]", "\\.",
                    "[]x]", "*?",    "^",    "$",   "[1\\]]"},
                   7);
    const auto pattern = NamePattern::Parse("re:" + text);
    const auto language = LanguageOfExpression(text);
    if (!pattern.ok() || !language) continue;
    ++read;
    for (int i = 0; i < 40; ++i) {
      const std::string name =
          words.Join({"a", "b", "B", "1", ".", "]", "\xc3\xa9", "_", "k", "K",
                      "s", "\xe2\x84\xaa", "\xc5\xbf"},
                     5);
      const bool matches = pattern->Matches(name) == PatternMatch::kYes;
      matched += matches;
      EXPECT_EQ(Has(*language, name), matches) << text << " " << name;
    }
  }
  EXPECT_GT(read, 1000);
  EXPECT_GT(matched, 1000);
}

TEST(LanguageOfExpression, ReadsWhatPoliciesAreWrittenWith) {
  for (const char* text :
       {"k3s[0-9]+", "^k3sv1\\.(29|30)\\..*$", "(foo|bar)-[a-z]{1,8}", "[[]x",
        "a.*b?", "(?:a|)", "(?i)k3s", "[[:alpha:]]+"}) {
    EXPECT_TRUE(LanguageOfExpression(text).has_value()) << text;
  }
  for (const char* text :
       {"a(?i)k3s", "\\bk3s", "[[:greek:]]", "(?i)\xc3\xa9", "\\pL+", "a$b",
        "a^", "\\Qa\\E", "a{1000}", "(a{30}){30}", "(?P<n>a)", "a**"}) {
    EXPECT_FALSE(LanguageOfExpression(text).has_value()) << text;
  }
}

TEST(LanguageOfVersions, AgreesWithTheOrderOfVersions) {
  Words words(3);
  int decided[3] = {0, 0, 0};
  const std::vector<std::string> pieces = {"0",  "1", "2", "10", "00", "a",
                                           "ab", "B", "~", "-",  "^",  ".",
                                           "+",  "_", "1", "9",  "."};
  for (int round = 0; round < 1000; ++round) {
    const std::string bound = words.Join(pieces, 6) + "1";
    std::optional<NameLanguage> languages[3] = {
        LanguageOfVersions("k*s", bound, std::weak_ordering::less),
        LanguageOfVersions("k*s", bound, std::weak_ordering::equivalent),
        LanguageOfVersions("k*s", bound, std::weak_ordering::greater)};
    if (!languages[0] || !languages[1] || !languages[2]) continue;
    for (int i = 0; i < 60; ++i) {
      std::string version = words.Join(pieces, 6);
      if (words.Below(3) == 0) version = bound + version;
      const auto order = CompareVersions(version, bound);
      const std::string name = absl::StrCat("k", version, "s");
      EXPECT_EQ(Has(*languages[0], name), order < 0) << version << " " << bound;
      EXPECT_EQ(Has(*languages[1], name), order == 0)
          << version << " " << bound;
      EXPECT_EQ(Has(*languages[2], name), order > 0) << version << " " << bound;
      EXPECT_FALSE(Has(*languages[0], "x" + name));
      ++decided[order < 0 ? 0 : order == 0 ? 1 : 2];
    }
  }
  for (const int times : decided) EXPECT_GT(times, 1000);
}

TEST(LanguageOfNoVersion, HasWhatIsNoVersion) {
  const auto language = LanguageOfNoVersion("[*]k*");
  ASSERT_TRUE(language.has_value());
  for (const char* text : {"", "1", "-", "a", "..", "\xc3\xa9", "~^"}) {
    EXPECT_EQ(Has(*language, absl::StrCat("*k", text)),
              !VersionRange::IsVersion(text))
        << text;
  }
}

}  // namespace
}  // namespace extgate
