// Names by globs and by regular expressions, and what a `*` takes of a name.
#include "policy/name_pattern.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using M = PatternMatch;

NamePattern PatternOf(const std::string& text) {
  absl::StatusOr<NamePattern> pattern = NamePattern::Parse(text);
  EXPECT_TRUE(pattern.ok()) << pattern.status();
  return pattern.ok() ? *std::move(pattern) : NamePattern();
}

TEST(NamePatternTest, Matches) {
  const struct {
    const char* pattern;
    const char* name;
    M match;
  } kCases[] = {
      {"k3sv1.*", "k3sv1.30", M::kYes},
      {"k3sv1.*", "rke2", M::kNo},
      {"re:k3sv1\\.(29|30)\\..*", "k3sv1.30.2+k3s1", M::kYes},
      {"re:k3sv1\\.(29|30)\\..*", "k3sv1.31.0", M::kNo},
      // The whole name, whatever alternatives there are.
      {"re:k3s", "k3sv1", M::kNo},
      {"re:k3s", "my-k3s", M::kNo},
      {"re:a|ab", "ab", M::kYes},
      {"re:a|b", "ab", M::kNo},
      {"re:a$|b", "a", M::kYes},
      {"re:(?i)K3S", "k3s", M::kYes},
      {"re:K3S", "k3s", M::kNo},
      {"re:.", "ü", M::kYes},
      {"re:.*", "", M::kYes},
      {"re:.*", "\xff", M::kNo},
      {"re:\\d+", "123", M::kYes},
      // A glob that merely looks like one.
      {"re2:*", "re2:x", M::kYes},
  };
  for (const auto& c : kCases) {
    const NamePattern pattern = PatternOf(c.pattern);
    EXPECT_EQ(pattern.Matches(c.name), c.match) << c.pattern << " " << c.name;
    EXPECT_EQ(NamePattern(pattern).Matches(c.name), c.match) << "a copy";
    EXPECT_EQ(pattern.text(), c.pattern);
  }
}

TEST(NamePatternTest, NothingIsKnownOfAPatternThatWasNotParsed) {
  EXPECT_EQ(NamePattern().Matches("a"), M::kUnknown);
}

TEST(NamePatternTest, Refusals) {
  const struct {
    const char* pattern;
    const char* message;
  } kCases[] = {
      {"", "the pattern is empty"},
      {"a[", "pattern `a[`: `[` without `]`"},
      {"re:", "the regular expression is empty"},
      {"re:(a", "regular expression `(a`: missing ): (a"},
      {"re:a**", "regular expression `a**`: bad repetition operator: **"},
      // RE2 has none of what makes an expression slow.
      {"re:(a)\\1",
       "regular expression `(a)\\1`: invalid escape sequence: \\1"},
      {"re:(?=a)", "regular expression `(?=a)`: invalid perl operator: (?="},
      {"re:(.{250}){250}",
       "regular expression `(.{250}){250}`: invalid repetition size: {250}"},
      {"re:((\\pL{100}){9}){1}",
       "regular expression `((\\pL{100}){9}){1}`: it needs more than 1 MiB"},
  };
  for (const auto& c : kCases) {
    const absl::StatusOr<NamePattern> pattern = NamePattern::Parse(c.pattern);
    ASSERT_FALSE(pattern.ok()) << c.pattern;
    EXPECT_EQ(pattern.status().message(), c.message);
  }
}

// No expression takes longer than its length times that of the name.
TEST(NamePatternTest, WhatIsSlowElsewhereIsNotHere) {
  const NamePattern pattern = PatternOf("re:(a*)*(a*)*(a|aa)+b");
  EXPECT_EQ(pattern.Matches(std::string(100000, 'a')), M::kNo);
}

TEST(NamePatternTest, WhatTheStarTakes) {
  const struct {
    const char* pattern;
    const char* name;
    const char* text;  // nullptr: nothing
  } kCases[] = {
      {"k3sv*", "k3sv1.30", "1.30"},
      {"k3sv*", "k3sv", ""},
      {"k3sv*", "rke2", nullptr},
      {"*", "abc", "abc"},
      {"a*b", "ab", ""},
      {"a*b", "aXYb", "XY"},
      {"a*b", "abb", "b"},
      {"?*[0-9]", "üß7", "ß"},
      {"[*]*", "*1", "1"},
      {"a*b*", "aXbX", nullptr},
      {"a", "a", nullptr},
      {"re:a(.*)", "ab", nullptr},
  };
  for (const auto& c : kCases) {
    const auto text = PatternOf(c.pattern).StarText(c.name);
    EXPECT_EQ(text.has_value(), c.text != nullptr)
        << c.pattern << " " << c.name;
    EXPECT_EQ(text.value_or("-"), c.text == nullptr ? "-" : c.text);
  }
}

TEST(NamePatternTest, OneStar) {
  for (const char* one : {"*", "a*", "[*]*?", "*b"}) {
    EXPECT_TRUE(PatternOf(one).HasOneStar()) << one;
  }
  for (const char* other : {"a", "**", "a*b*", "[*]", "re:.*"}) {
    EXPECT_FALSE(PatternOf(other).HasOneStar()) << other;
  }
}

}  // namespace
}  // namespace extgate
