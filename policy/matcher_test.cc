// What cannot be told of a name never allows, and never spares from a deny.
#include "policy/matcher.h"

#include "gtest/gtest.h"
#include "policy/decision_fixture.h"

namespace extgate {
namespace {

TEST(MatcherTest, AnUnknownMatchDeniesAndDoesNotAllow) {
  const Subject subject =
      SubjectOf(GoodImage(), TrustedStanding(), DebianHost());
  CompiledRule rule;
  rule.names = {NamePattern()};
  EXPECT_EQ(WhyDenyDoesNotMatch(rule, subject), std::nullopt);
  EXPECT_NE(WhyAllowDoesNotSelect(rule, subject), std::nullopt);
  // Beside one that is known.
  rule.names.push_back(*NamePattern::Parse("rke2*"));
  EXPECT_EQ(WhyDenyDoesNotMatch(rule, subject), std::nullopt);
  EXPECT_NE(WhyAllowDoesNotSelect(rule, subject), std::nullopt);
  rule.names.push_back(*NamePattern::Parse("k3s*"));
  EXPECT_EQ(WhyAllowDoesNotSelect(rule, subject), std::nullopt);
}

}  // namespace
}  // namespace extgate
