#include "engine/metrics.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using testing::Contains;
using testing::Key;
using testing::Not;
using testing::Pair;

using Labels = std::map<std::string, std::string>;
using Samples = std::map<std::pair<std::string, Labels>, double>;

bool TakeName(absl::string_view& text, std::string& name) {
  name.clear();
  while (!text.empty() && (absl::ascii_isalpha(text[0]) || text[0] == '_' ||
                           (!name.empty() && absl::ascii_isdigit(text[0])))) {
    name += text[0];
    text.remove_prefix(1);
  }
  return !name.empty();
}

// `"…"` with its escapes: \\, \" and \n alone.
bool TakeQuoted(absl::string_view& text, std::string& value) {
  value.clear();
  if (!absl::ConsumePrefix(&text, "\"")) return false;
  while (!text.empty() && text[0] != '"') {
    if (text[0] == '\n') return false;
    if (text[0] != '\\') {
      value += text[0];
      text.remove_prefix(1);
      continue;
    }
    if (absl::ConsumePrefix(&text, "\\\\")) {
      value += '\\';
    } else if (absl::ConsumePrefix(&text, "\\\"")) {
      value += '"';
    } else if (absl::ConsumePrefix(&text, "\\n")) {
      value += '\n';
    } else {
      return false;
    }
  }
  return absl::ConsumePrefix(&text, "\"");
}

bool TakeLabels(absl::string_view& text, Labels& labels) {
  if (!absl::ConsumePrefix(&text, "{")) return true;
  while (!absl::ConsumePrefix(&text, "}")) {
    std::string name, value;
    if (!TakeName(text, name) || !absl::ConsumePrefix(&text, "=") ||
        !TakeQuoted(text, value) || !labels.emplace(name, value).second) {
      return false;
    }
    absl::ConsumePrefix(&text, ",");
  }
  return true;
}

// A strict reader of the exposition format 0.0.4 as far as gauges go: every
// family once, HELP before TYPE before its samples, none twice. nullopt when
// `text` is not that.
std::optional<Samples> Parse(absl::string_view text) {
  if (!absl::ConsumeSuffix(&text, "\n")) return std::nullopt;
  Samples samples;
  std::set<std::string> families;
  std::string helped, family;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    std::string name;
    if (absl::ConsumePrefix(&line, "# HELP ")) {
      if (!TakeName(line, helped) || !absl::ConsumePrefix(&line, " ") ||
          line.empty() || absl::StrContains(line, "\\")) {
        return std::nullopt;
      }
      continue;
    }
    if (absl::ConsumePrefix(&line, "# TYPE ")) {
      if (!TakeName(line, family) || family != helped || line != " gauge" ||
          !families.insert(family).second) {
        return std::nullopt;
      }
      continue;
    }
    Labels labels;
    double value = 0;
    if (!TakeName(line, name) || name != family || !TakeLabels(line, labels) ||
        !absl::ConsumePrefix(&line, " ") || !absl::SimpleAtod(line, &value) ||
        !samples.emplace(std::make_pair(name, labels), value).second) {
      return std::nullopt;
    }
  }
  return samples;
}

ReportedImage Image(ImageClass image_class, Verdict verdict, Action action) {
  ReportedImage image;
  image.image_class = image_class;
  image.verdict = verdict;
  image.action = action;
  return image;
}

Report Mixed() {
  Report report;
  report.time = "2026-11-22T21:00:00Z";
  report.entry = "active";
  report.mode = Mode::kEnforcing;
  report.floor = Mode::kPermissive;
  report.outcome = Outcome::kViolations;
  report.policy_sha256 = std::string(64, 'a');
  report.images = {
      Image(ImageClass::kSysext, Verdict::kAllow, Action::kStage),
      Image(ImageClass::kSysext, Verdict::kAllow, Action::kStage),
      Image(ImageClass::kSysext, Verdict::kDeny, Action::kWithhold),
      Image(ImageClass::kConfext, Verdict::kUnmergeable, Action::kMask)};
  report.violations = {{ReasonCode::kUnsigned, "a"},
                       {ReasonCode::kBypass, "b"},
                       {ReasonCode::kBypass, "c"}};
  report.diagnostics = {
      {DiagnosticCode::kFileUnreadable, Severity::kError, {}, "x", ""},
      {DiagnosticCode::kPolicyInvalid, Severity::kError, {}, "x", ""},
      {DiagnosticCode::kFileUnreadable, Severity::kNote, {}, "y", ""}};
  return report;
}

TEST(MetricsTest, AReportIsToldInNumbers) {
  const std::string text = MetricsText(Mixed(), Force::kNot);
  const auto parsed = Parse(text);
  ASSERT_TRUE(parsed.has_value()) << text;
  const auto is = [&](const char* name, const Labels& labels, double value) {
    EXPECT_THAT(*parsed, Contains(Pair(Pair(name, labels), value))) << text;
  };
  is("extgate_info", {{"version", kExtgateVersion}, {"entry", "active"}}, 1);
  is("extgate_mode", {{"mode", "enforcing"}}, 1);
  is("extgate_mode", {{"mode", "permissive"}}, 0);
  is("extgate_mode_floor", {{"mode", "permissive"}}, 1);
  is("extgate_mode_floor", {{"mode", "enforcing"}}, 0);
  is("extgate_outcome", {{"outcome", "violations"}}, 1);
  is("extgate_violations", {}, 3);
  is("extgate_bypasses", {}, 2);
  is("extgate_images", {{"class", "sysext"}, {"verdict", "allow"}}, 2);
  is("extgate_images", {{"class", "sysext"}, {"verdict", "deny"}}, 1);
  is("extgate_images", {{"class", "confext"}, {"verdict", "unmergeable"}}, 1);
  is("extgate_images", {{"class", "confext"}, {"verdict", "allow"}}, 0);
  is("extgate_images_staged", {{"class", "sysext"}}, 2);
  is("extgate_images_staged", {{"class", "confext"}}, 0);
  is("extgate_last_decision_timestamp_seconds", {}, 1795381200);
  is("extgate_policy_info", {{"sha256", std::string(64, 'a')}}, 1);
  is("extgate_policy_errors", {}, 1);
  is("extgate_in_force", {}, 0);
}

TEST(MetricsTest, WhetherItIsInForceIsSaidOnlyWhereSomebodyLooked) {
  EXPECT_THAT(MetricsText(Mixed(), Force::kUnknown),
              Not(testing::HasSubstr("in_force")));
  const auto parsed = Parse(MetricsText(Mixed(), Force::kInForce));
  ASSERT_TRUE(parsed.has_value());
  EXPECT_THAT(*parsed, Contains(Pair(Pair("extgate_in_force", Labels()), 1)));
}

TEST(MetricsTest, WithoutAFloorNoModeIsOne) {
  const auto parsed = Parse(MetricsText(Report(), Force::kUnknown));
  ASSERT_TRUE(parsed.has_value());
  for (const char* mode : {"disabled", "permissive", "enforcing"}) {
    EXPECT_THAT(*parsed,
                Contains(Pair(
                    Pair("extgate_mode_floor", Labels({{"mode", mode}})), 0)));
  }
  // Nor is there a time of what has none.
  EXPECT_THAT(
      *parsed,
      Not(Contains(Key(Key("extgate_last_decision_timestamp_seconds")))));
}

TEST(MetricsTest, WhateverAnEntryIsCalledItStaysOneLabel) {
  for (const std::string& entry :
       {std::string("a\"b"), std::string("a\\b"), std::string("a\\\"} 1 {b"),
        std::string("ä€"), std::string("\"\"\\\\")}) {
    Report report = Mixed();
    report.entry = entry;
    const auto parsed = Parse(MetricsText(report, Force::kUnknown));
    ASSERT_TRUE(parsed.has_value()) << entry;
    EXPECT_THAT(
        *parsed,
        Contains(Key(Pair("extgate_info", Labels({{"version", kExtgateVersion},
                                                  {"entry", entry}})))));
  }
  // Line breaks and what is no UTF-8 are written out first.
  Report report = Mixed();
  report.entry = "a\n\xff";
  const auto parsed = Parse(MetricsText(report, Force::kUnknown));
  ASSERT_TRUE(parsed.has_value());
  EXPECT_THAT(
      *parsed,
      Contains(Key(Pair("extgate_info", Labels({{"version", kExtgateVersion},
                                                {"entry", "a\\n\\xff"}})))));
}

// The reader above refuses what a scraper would.
TEST(MetricsTest, TheReaderRefusesWhatIsNoExposition) {
  const char* const kHead = "# HELP a b\n# TYPE a gauge\n";
  EXPECT_TRUE(Parse(absl::StrCat(kHead, "a 1\n")).has_value());
  for (const char* bad :
       {"a 1", "a{b=\"c} 1\n", "a{b=\"\\x\"} 1\n", "b 1\n", "a one\n",
        "a 1\na 1\n", "# TYPE a gauge\n", "a{b=\"c\",b=\"d\"} 1\n"}) {
    EXPECT_FALSE(Parse(absl::StrCat(kHead, bad)).has_value()) << bad;
  }
}

}  // namespace
}  // namespace extgate
