// Several expressions at once, and what they may need.
#include "policy/expression_set.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using M = PatternMatch;

constexpr int64_t kBytes = 1 << 20;

TEST(ExpressionSetTest, SaysWhich) {
  absl::StatusOr<ExpressionSet> set =
      ExpressionSet::Parse({"k3sv.*", "k3s", "rke2|k3s", "(?i)K3S"}, kBytes);
  ASSERT_TRUE(set.ok()) << set.status();
  const struct {
    const char* name;
    std::vector<int> which;
  } kCases[] = {
      {"k3sv1", {0}}, {"k3s", {1, 2, 3}}, {"rke2", {2}},
      {"K3s", {3}},   {"my-k3s", {}},     {"", {}},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(set->Any(c.name), c.which.empty() ? M::kNo : M::kYes) << c.name;
    auto which = set->Matching(c.name);
    ASSERT_TRUE(which.has_value()) << c.name;
    std::sort(which->begin(), which->end());
    EXPECT_EQ(*which, c.which) << c.name;
  }
}

TEST(ExpressionSetTest, WhatEveryNameBeginsWith) {
  const struct {
    const char* expression;
    const char* beginning;
  } kCases[] = {
      {"k3sv[0-9]+", "k3sv"},
      {"k3sv1\\.(29|30)\\..*", "k3sv1"},
      {"my-k3s_1", "my-k3s_1"},
      {"k3sv*", "k3s"},
      {"k3sv?1", "k3s"},
      {"k3sv{2}", "k3s"},
      {"k3sv+", "k3s"},
      {"a|k3s", ""},
      {"k3s|a", ""},
      {"(a|b)|k3s", ""},
      {"k3s(a|b)|c", ""},
      // The group ends in another place than it seems to.
      {"k[(]|b", ""},
      {"k\\(|b", ""},
      {"k\\Q(\\E|b", ""},
      {"(?i)k3s", ""},
      {"\\Qk3s\\E", ""},
      {"[k]3s", ""},
      {".*", ""},
      {"", ""},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(FixedBeginning(c.expression), c.beginning) << c.expression;
  }
}

// Every short expression of these pieces, on every short name.
TEST(ExpressionSetTest, NothingIsTakenThatBeginsInAnotherWay) {
  const std::vector<std::string> kPieces = {"a", "b", "|",  "(",   ")", "*",
                                            "?", ".", "[b", "(a]", "\\"};
  std::vector<std::string> names = {""};
  for (size_t i = 0; i < names.size() && names[i].size() < 3; ++i) {
    for (const char* c : {"a", "b", "("}) names.push_back(names[i] + c);
  }
  std::vector<std::string> expressions = {""};
  size_t pieces = 0;
  size_t fixed = 0;
  for (size_t begin = 0; pieces < 4; ++pieces) {
    const size_t end = expressions.size();
    for (; begin < end; ++begin) {
      for (const std::string& piece : kPieces) {
        expressions.push_back(expressions[begin] + piece);
      }
    }
  }
  for (const std::string& expression : expressions) {
    const absl::string_view beginning = FixedBeginning(expression);
    if (beginning.empty()) continue;
    const absl::StatusOr<ExpressionSet> set =
        ExpressionSet::Parse({expression}, kBytes);
    if (!set.ok()) continue;
    ++fixed;
    for (const std::string& name : names) {
      if (set->Any(name) == M::kNo) continue;
      ASSERT_TRUE(absl::StartsWith(name, beginning))
          << expression << " takes " << name;
    }
  }
  EXPECT_GT(fixed, 400u);
}

TEST(ExpressionSetTest, Refusals) {
  EXPECT_EQ(ExpressionSet::Parse({"a", "(b"}, kBytes).status().message(),
            "missing ): (b");
  EXPECT_EQ(ExpressionSet::Parse({"(\\pL{100}){9}"}, kBytes).status().message(),
            "it needs more than 1 MiB");
  EXPECT_EQ(ExpressionSet::Parse({"k3s"}, 1000).status().message(),
            "it needs more than 1000 bytes");
}

TEST(ExpressionSetTest, WithLittleMemoryItIsSlowAndRight) {
  // As little as is accepted: what is remembered is thrown away all the time.
  const std::string text = "(a|b)*a(a|b){8}";
  int64_t bytes = 1000;
  absl::StatusOr<ExpressionSet> set = ExpressionSet::Parse({text}, bytes);
  for (; !set.ok() && bytes < kBytes; bytes += 1000) {
    set = ExpressionSet::Parse({text}, bytes);
  }
  ASSERT_TRUE(set.ok()) << set.status();
  for (int i = 0; i < 4096; ++i) {
    std::string name;
    for (int bit = 0; bit < 12; ++bit) name += (i >> bit & 1) != 0 ? 'a' : 'b';
    ASSERT_EQ(set->Any(name), name[3] == 'a' ? M::kYes : M::kNo) << name;
  }
}

}  // namespace
}  // namespace extgate
