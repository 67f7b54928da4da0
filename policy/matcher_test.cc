// What cannot be told of a name never allows, and never spares from a deny.
#include "policy/matcher.h"

#include "gtest/gtest.h"
#include "policy/decision_fixture.h"

namespace extgate {
namespace {

TEST(MatcherTest, AnUnknownMatchDeniesAndDoesNotAllow) {
  const ImageFacts image = GoodImage();
  const SignatureStanding standing = TrustedStanding();
  const HostFacts host = DebianHost();
  const Subject subject = SubjectOf(image, standing, host);
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
