// Matching by cases, against a naive matcher on every short pattern and name,
// and on patterns made to be slow.
#include "policy/glob.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace extgate {
namespace {

TEST(GlobTest, Cases) {
  const struct {
    const char* pattern;
    const char* name;
    bool matches;
  } kCases[] = {
      {"k3s", "k3s", true},       {"k3s", "k3s1", false},
      {"k3s", "K3s", false},      {"k3sv*", "k3sv1.30.0+k3s1", true},
      {"k3sv*", "k3sv", true},    {"*", "", true},
      {"**", "", true},           {"?", "", false},
      {"?", "ü", true},           {"??", "ü", false},
      {"??", "\xff\xfe", true},   {"[ä-ü]", "ö", true},
      {"[a-c]x", "bx", true},     {"[a-c]x", "dx", false},
      {"[!a-c]x", "dx", true},    {"[!a-c]x", "ax", false},
      {"[]]", "]", true},         {"[!]]", "]", false},
      {"[a-]", "-", true},        {"[-a]", "-", true},
      {"[*]", "*", true},         {"[*]", "a", false},
      {"[a[]", "[", true},        {"a*b*c", "aXbXbXc", true},
      {"a*b*c", "aXbXbX", false}, {"*.1", "v1.1.1", true},
      {"\\*", "\\x", true},       {"a.c", "abc", false},
      {"\xff", "\xff", true},     {"\xff", "\xfe", false},
      {"]", "]", true},
  };
  for (const auto& c : kCases) {
    absl::StatusOr<Glob> glob = Glob::Parse(c.pattern);
    ASSERT_TRUE(glob.ok()) << glob.status();
    EXPECT_EQ(glob->Matches(c.name), c.matches) << c.pattern << " " << c.name;
    EXPECT_EQ(glob->text(), c.pattern);
  }
}

TEST(GlobTest, WhatANameBeginsAndEndsWith) {
  const struct {
    const char* pattern;
    const char* prefix;
    const char* suffix;
    bool literal;
  } kCases[] = {
      {"k3s", "k3s", "k3s", true},
      {"k3sv*", "k3sv", "", false},
      {"*.1", "", ".1", false},
      {"a*b", "a", "b", false},
      {"a*b?c", "a", "c", false},
      {"a[bc]d", "a", "d", false},
      {"a[]]", "a", "", false},
      {"a]b", "a]b", "a]b", true},
      {"ü*ß", "ü", "ß", false},
      // Not UTF-8, so a byte is looked for where a character begins.
      {"\xc3*\xa9", "\xc3", "\xa9", false},
      {"\xff", "\xff", "\xff", false},
  };
  for (const auto& c : kCases) {
    absl::StatusOr<Glob> glob = Glob::Parse(c.pattern);
    ASSERT_TRUE(glob.ok()) << glob.status();
    EXPECT_EQ(glob->LiteralPrefix(), c.prefix) << c.pattern;
    EXPECT_EQ(glob->LiteralSuffix(), c.suffix) << c.pattern;
    EXPECT_EQ(glob->IsLiteral(), c.literal) << c.pattern;
  }
}

TEST(GlobTest, BytesOfACharacterAreNotTheCharacter) {
  const struct {
    const char* pattern;
    const char* name;
    bool matches;
  } kCases[] = {
      {"\xc3*", "\xc3\xa9", false}, {"*\xa9", "\xc3\xa9", false},
      {"\xc3*", "\xc3x", true},     {"é*", "é", true},
      {"*é", "\xc3é", true},        {"é*é", "é", false},
      {"é*é", "éé", true},
  };
  for (const auto& c : kCases) {
    absl::StatusOr<Glob> glob = Glob::Parse(c.pattern);
    ASSERT_TRUE(glob.ok()) << glob.status();
    EXPECT_EQ(glob->Matches(c.name), c.matches) << c.pattern << " " << c.name;
  }
}

TEST(GlobTest, Refusals) {
  const struct {
    const char* pattern;
    const char* message;
  } kCases[] = {
      {"", "the pattern is empty"},
      {"[", "pattern `[`: `[` without `]`"},
      {"a[b", "pattern `a[b`: `[` without `]`"},
      {"[]", "pattern `[]`: `[` without `]`"},
      {"[!]", "pattern `[!]`: `[` without `]`"},
      {"[a-", "pattern `[a-`: `[` without `]`"},
      {"[z-a]", "pattern `[z-a]`: a range from high to low"},
      {"[^a]", "pattern `[^a]`: write `[!` for any character but these"},
      {"[[:digit:]]",
       "pattern `[[:digit:]]`: character classes such as `[:digit:]` are not "
       "supported, write the characters"},
  };
  for (const auto& c : kCases) {
    const absl::Status status = Glob::Parse(c.pattern).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.pattern;
    EXPECT_EQ(status.message(), c.message);
  }
}

// The oracle, on the elements a pattern was put together from.
bool NaiveMatch(const std::vector<std::string>& pattern, size_t p,
                const std::string& name, size_t n) {
  if (p == pattern.size()) return n == name.size();
  const std::string& element = pattern[p];
  if (element == "*") {
    for (size_t rest = n; rest <= name.size(); ++rest) {
      if (NaiveMatch(pattern, p + 1, name, rest)) return true;
    }
    return false;
  }
  if (n == name.size()) return false;
  const char c = name[n];
  const bool takes = element == "?"      ? true
                     : element == "[ab]" ? c == 'a' || c == 'b'
                     : element == "[!a]" ? c != 'a'
                                         : element[0] == c;
  return takes && NaiveMatch(pattern, p + 1, name, n + 1);
}

TEST(GlobTest, AgreesWithANaiveMatcherOnEveryShortPattern) {
  const std::vector<std::string> kElements = {"a", "b",    "*",
                                              "?", "[ab]", "[!a]"};
  std::vector<std::string> names = {""};
  for (size_t i = 0; i < names.size() && names[i].size() < 5; ++i) {
    for (char c : {'a', 'b', 'c'}) names.push_back(names[i] + c);
  }
  std::vector<std::vector<std::string>> patterns = {{}};
  size_t matches = 0;
  for (size_t i = 0; i < patterns.size(); ++i) {
    const std::vector<std::string> pattern = patterns[i];
    if (pattern.size() < 4) {
      for (const std::string& element : kElements) {
        patterns.push_back(pattern);
        patterns.back().push_back(element);
      }
    }
    if (pattern.empty()) continue;
    std::string text;
    for (const std::string& element : pattern) text += element;
    absl::StatusOr<Glob> glob = Glob::Parse(text);
    ASSERT_TRUE(glob.ok()) << glob.status();
    for (const std::string& name : names) {
      const bool naive = NaiveMatch(pattern, 0, name, 0);
      matches += naive;
      ASSERT_EQ(glob->Matches(name), naive) << text << " on " << name;
    }
  }
  EXPECT_GT(matches, 10000u);
}

// 2^n steps for a matcher that backtracks over every `*`.
TEST(GlobTest, NoPatternIsSlow) {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "*a";
  absl::StatusOr<Glob> glob = Glob::Parse(pattern + "b");
  ASSERT_TRUE(glob.ok());
  EXPECT_FALSE(glob->Matches(std::string(2000, 'a')));
  EXPECT_TRUE(glob->Matches(std::string(2000, 'a') + "b"));
}

TEST(GlobTest, AnyBytesParseOrAreRefused) {
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) {
      const std::string bytes = {static_cast<char>(a), static_cast<char>(b)};
      absl::StatusOr<Glob> glob = Glob::Parse(bytes);
      const bool open = a == '[' || b == '[';
      ASSERT_EQ(glob.ok(), !open) << a << " " << b;
      if (glob.ok()) {
        EXPECT_TRUE(glob->Matches(bytes)) << a << " " << b;
      }
    }
  }
}

}  // namespace
}  // namespace extgate
