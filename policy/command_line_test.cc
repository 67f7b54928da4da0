#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "policy/diagnostic.h"
#include "policy/policy.h"
#include "policy/policy_reader.h"

namespace extgate {
namespace {

// "MODE FLOOR", `-` for what is not there; "nothing", or the diagnostics.
std::string ReadAndShow(absl::string_view text) {
  const auto [policy, diagnostics] = ReadCommandLine(text);
  if (!diagnostics.empty()) {
    EXPECT_FALSE(policy.has_value());
    std::string all;
    for (const Diagnostic& diagnostic : diagnostics) {
      all += ToString(diagnostic) + "\n";
    }
    return all;
  }
  if (!policy.has_value()) return "nothing";
  const auto word = [](const std::optional<Located<Mode>>& mode) {
    return std::string(mode.has_value() ? ToWord(mode->value) : "-");
  };
  return word(policy->mode) + " " + word(policy->mode_floor);
}

struct Case {
  const char* name;
  absl::string_view text;
  const char* want;
};

TEST(CommandLineTest, WhatCounts) {
  const Case kCases[] = {
      {"empty", "", "nothing"},
      {"others only", "root=/dev/sda1 ro quiet", "nothing"},
      {"words of discovery", "extgate.policy=/x extgate.policy_required",
       "nothing"},
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
      {"within another's quotes", "x=\"a extgate.mode=enforcing b\"",
       "nothing"},
      {"quote without end", "x=\"a extgate.mode=enforcing", "nothing"},
      {"dash for underscore", "extgate.mode-floor=enforcing", "- enforcing"},
      {"longer name", "extgate.modes=enforcing xextgate.mode=enforcing",
       "nothing"},
  };
  for (const Case& test : kCases) {
    EXPECT_EQ(ReadAndShow(test.text), test.want) << test.name;
  }
}

TEST(CommandLineTest, Refusals) {
  const Case kCases[] = {
      {"unknown word", "é extgate.mode=enforced",
       "kernel command line:1:3: error: `enforced` is not a value of "
       "`extgate.mode` (unknown-value)\n  help: write one of disabled, "
       "permissive, enforcing\n"},
      {"empty", "extgate.mode_floor=",
       "kernel command line:1:1: error: `` is not a value of "
       "`extgate.mode_floor` (unknown-value)\n  help: write one of disabled, "
       "permissive, enforcing\n"},
      {"no value", "extgate.mode",
       "kernel command line:1:1: error: `extgate.mode` has no value "
       "(wrong-type)\n  help: write one of disabled, permissive, enforcing\n"},
      {"a bad one is not hidden by a good one",
       "extgate.mode=on extgate.mode=enforcing",
       "kernel command line:1:1: error: `on` is not a value of "
       "`extgate.mode` (unknown-value)\n  help: write one of disabled, "
       "permissive, enforcing\n"},
      {"quotes within stay", "extgate.mode=enfor\"cing\"",
       "kernel command line:1:1: error: `enfor\"cing\"` is not a value of "
       "`extgate.mode` (unknown-value)\n  help: did you mean `enforcing`? "
       "write one of disabled, permissive, enforcing\n"},
  };
  for (const Case& test : kCases) {
    EXPECT_EQ(ReadAndShow(test.text), test.want) << test.name;
  }
}

TEST(CommandLineTest, SpanIsTheWord) {
  const auto result = ReadCommandLine("é  extgate.mode=disabled");
  ASSERT_TRUE(result.value.has_value());
  EXPECT_EQ(result.value->mode->span,
            (SourceSpan{"kernel command line", 1, 4}));
}

TEST(CommandLineTest, EveryCutIsRead) {
  const std::string text =
      "\"x y\" extgate.mode=\"enforcing\" extgate.mode_floor=disabled\n";
  for (size_t size = 0; size <= text.size(); ++size) {
    const auto result = ReadCommandLine(text.substr(0, size));
    if (result.value.has_value()) {
      EXPECT_TRUE(result.diagnostics.empty()) << size;
    }
  }
}

}  // namespace
}  // namespace extgate
