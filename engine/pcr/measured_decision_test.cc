#include "engine/pcr/measured_decision.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

TEST(MeasuredDecisionTest, IsReadAsItWasWritten) {
  const MeasuredDecision decision = {
      "enforcing", "boot-failed", std::string(64, '0'), std::string(64, 'f')};
  const std::string text = MeasuredText(decision);
  EXPECT_EQ(text,
            absl::StrCat("extgate-decision:enforcing:boot-failed:",
                         std::string(64, '0'), ":", std::string(64, 'f')));
  EXPECT_EQ(ParseMeasuredText(text), decision);
}

TEST(MeasuredDecisionTest, NothingElseIsOne) {
  const std::string good = MeasuredText(
      {"enforcing", "ok", std::string(64, '0'), std::string(64, 'f')});
  ASSERT_TRUE(ParseMeasuredText(good).has_value());
  const std::string bad[] = {
      "",
      "extgate-decision",
      "enter-initrd",
      absl::StrCat(good, ":"),
      absl::StrCat(good, "0"),
      absl::StrCat(" ", good),
      good.substr(0, good.size() - 1),
      absl::StrReplaceAll(good, {{"extgate-", "Extgate-"}}),
      absl::StrReplaceAll(good, {{"enforcing", ""}}),
      absl::StrReplaceAll(good, {{"enforcing", "Enforcing"}}),
      absl::StrReplaceAll(good, {{":ok:", ":o k:"}}),
      absl::StrReplaceAll(good, {{"f", "F"}}),
      absl::StrReplaceAll(good, {{"ff", "fg"}}),
  };
  for (const std::string& text : bad) {
    EXPECT_FALSE(ParseMeasuredText(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace extgate
