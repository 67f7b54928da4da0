#include "policy/command_line.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "policy/diagnostic.h"
#include "policy/policy.h"

namespace extgate {
namespace {

// "MODE FLOOR", `-` for what is not there, and " required"; then the
// diagnostics.
std::string ReadAndShow(absl::string_view text) {
  const auto [line, diagnostics] = ReadCommandLine(text);
  const auto word = [](const std::optional<Located<Mode>>& mode) {
    return std::string(mode.has_value() ? ToWord(mode->value) : "-");
  };
  std::string all = word(line.policy.mode) + " " + word(line.policy.mode_floor);
  if (line.policy_required) all += " required";
  for (const Diagnostic& diagnostic : diagnostics) {
    all += "\n" + ToString(diagnostic);
  }
  return all;
}

struct Case {
  const char* name;
  absl::string_view text;
  const char* want;
};

TEST(CommandLineTest, WhatCounts) {
  const Case kCases[] = {
      {"empty", "", "- -"},
      {"others only", "root=/dev/sda1 ro quiet", "- -"},
      {"policy required", "extgate.policy_required", "- - required"},
      {"required by another spelling", "quiet \"extgate.policy-required=yes\"",
       "- - required"},
      {"required by a value nobody knows", "extgate.policy_required=maybe",
       "- - required"},
      {"not required", "extgate.policy_required=off", "- -"},
      {"of two the last", "extgate.policy_required extgate.policy_required=0",
       "- -"},
      {"mode", "ro extgate.mode=enforcing quiet", "enforcing -"},
      {"floor", "extgate.mode_floor=permissive", "- permissive"},
      {"both", "extgate.mode_floor=permissive extgate.mode=disabled",
       "disabled permissive"},
      {"the last one wins",
       "extgate.mode=disabled extgate.mode_floor=enforcing "
       "extgate.mode=enforcing extgate.mode_floor=permissive",
       "enforcing permissive"},
      {"a line feed at the end, as /proc/cmdline has",
       "extgate.mode=disabled\n", "disabled -"},
      {"quoted value", "extgate.mode=\"enforcing\"", "enforcing -"},
      {"quoted word", "\"extgate.mode=enforcing\" ro", "enforcing -"},
      {"within another's quotes", "x=\"a extgate.mode=enforcing b\"", "- -"},
      {"quote without end", "x=\"a extgate.mode=enforcing", "- -"},
      {"dash for underscore", "extgate.mode-floor=enforcing", "- enforcing"},
      {"of another", "xextgate.mode=enforcing", "- -"},
  };
  for (const Case& test : kCases) {
    EXPECT_EQ(ReadAndShow(test.text), test.want) << test.name;
  }
}

TEST(CommandLineTest, WhatCannotBeReadDropsItsWordOnly) {
  const char* const kHelp =
      "\n  help: write one of disabled, permissive, enforcing\n";
  const Case kCases[] = {
      {"unknown word", "é extgate.mode=enforced",
       "- -\nkernel command line:1:3: error: `enforced` is not a value of "
       "`extgate.mode` (unknown-value)"},
      {"empty", "extgate.mode_floor=",
       "- -\nkernel command line:1:1: error: `` is not a value of "
       "`extgate.mode_floor` (unknown-value)"},
      {"no value", "extgate.mode",
       "- -\nkernel command line:1:1: error: `extgate.mode` has no value "
       "(wrong-type)"},
      {"the floor stands beside a bad mode",
       "extgate.mode=on extgate.mode_floor=enforcing",
       "- enforcing\nkernel command line:1:1: error: `on` is not a value of "
       "`extgate.mode` (unknown-value)"},
      {"a good one before a bad one stands",
       "extgate.mode=enforcing extgate.mode=on",
       "enforcing -\nkernel command line:1:24: error: `on` is not a value of "
       "`extgate.mode` (unknown-value)"},
  };
  for (const Case& test : kCases) {
    EXPECT_EQ(ReadAndShow(test.text) + "\n", absl::StrCat(test.want, kHelp))
        << test.name;
  }
  EXPECT_EQ(ReadAndShow("extgate.mode=enfor\"cing\""),
            "- -\nkernel command line:1:1: error: `enfor\"cing\"` is not a "
            "value of `extgate.mode` (unknown-value)\n  help: did you mean "
            "`enforcing`? write one of disabled, permissive, enforcing");
}

TEST(CommandLineTest, OtherWordsOfOursAreSaidToHaveNoEffect) {
  EXPECT_EQ(ReadAndShow("extgate.modes=enforcing extgate.mode=enforcing"),
            "enforcing -\nkernel command line:1:1: warning: `extgate.modes` is "
            "no word of extgate's, and without effect (unknown-key)\n  help: "
            "the words are extgate.mode=, extgate.mode_floor=, extgate.policy= "
            "and extgate.policy_required");
}

TEST(CommandLineTest, NamesAPolicyByAnAbsolutePath) {
  const auto named = ReadCommandLine("extgate.policy=/oem/a.yaml");
  ASSERT_TRUE(named.value.policy_path.has_value());
  EXPECT_EQ(named.value.policy_path->value, "/oem/a.yaml");
  EXPECT_TRUE(named.diagnostics.empty());
  for (const char* bad :
       {"extgate.policy=a.yaml", "extgate.policy=", "extgate.policy"}) {
    const auto read = ReadCommandLine(bad);
    EXPECT_FALSE(read.value.policy_path.has_value()) << bad;
    EXPECT_TRUE(HasErrors(read.diagnostics)) << bad;
  }
}

TEST(CommandLineTest, SpanIsTheWord) {
  const auto result = ReadCommandLine("é  extgate.mode=disabled");
  ASSERT_TRUE(result.value.policy.mode.has_value());
  EXPECT_EQ(result.value.policy.mode->span,
            (SourceSpan{"kernel command line", 1, 4}));
}

TEST(CommandLineTest, EveryCutIsRead) {
  const std::string text =
      "\"x y\" extgate.mode=\"enforcing\" extgate.mode_floor=disabled\n";
  for (size_t size = 0; size <= text.size(); ++size) {
    const auto result = ReadCommandLine(text.substr(0, size));
    // A cut word says nothing else than the whole one, or nothing.
    if (const auto& mode = result.value.policy.mode; mode.has_value()) {
      EXPECT_EQ(mode->value, Mode::kEnforcing) << size;
    }
    if (const auto& floor = result.value.policy.mode_floor; floor.has_value()) {
      EXPECT_EQ(floor->value, Mode::kDisabled) << size;
    }
  }
}

}  // namespace
}  // namespace extgate
