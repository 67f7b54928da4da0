// Decisions about images with a root partition below a usr partition: what
// covers only one of them vouches for neither.
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/decision.h"
#include "policy/decision_fixture.h"

namespace extgate {
namespace {

using R = ReasonCode;
using ::testing::HasSubstr;

// All that a decision is made of.
struct World {
  ImageFacts image = GoodImage();
  SignatureStanding standing = TrustedStanding();
  HostFacts host = DebianHost();
  Policy policy;

  Decision Decide() const {
    return Evaluate(image, standing, host, Compiled(policy));
  }
};

// A signed usr partition over a root partition, which nothing can vouch for.
World WithRootBelow() {
  World world;
  Layout& layout = *world.image.layout.value();
  layout.designator = Designator::kUsr;
  layout.root_below = RootBelow{{64 << 20, 1 << 20}, "", 0};
  return world;
}

Rule AllowRule(const std::string& image_policy) {
  Rule rule = RuleNamed("both", RuleVerdict::kAllow);
  rule.image_policy.emplace();
  rule.image_policy->value = Parsed(image_policy);
  return rule;
}

TEST(RootAndUsrTest, RootBelowUsrIsUnsigned) {
  World world = WithRootBelow();
  Decision decision = world.Decide();
  EXPECT_EQ(decision.verdict, Verdict::kDeny);
  ASSERT_EQ(decision.reasons.size(), 1u);
  EXPECT_EQ(decision.reasons[0].code, R::kUnsigned);
  EXPECT_THAT(decision.reasons[0].detail,
              HasSubstr("root partition below usr"));
  world.standing = StrangersStanding();
  decision = world.Decide();
  ASSERT_EQ(decision.reasons.size(), 2u);
  EXPECT_EQ(decision.reasons[0].code, R::kUnsigned);
  EXPECT_EQ(decision.reasons[1].code, R::kSignerUntrusted);
}

TEST(RootAndUsrTest, OfRootAndUsrEachMustMeetTheImagePolicy) {
  const std::pair<const char*, bool> kCases[] = {
      {"root=unprotected+absent:usr=signed+absent", true},
      {"root=unprotected+absent:usr=verity+signed+absent", true},
      {"root=signed+absent:usr=signed+absent", false},
      {"root=verity+signed+absent:usr=signed+absent", false},
      {"root=unprotected+absent:usr=absent", false},
      {"root=absent:usr=signed", false},
      // systemd is told one policy for all images, which ignores neither.
      {"root=ignore:usr=signed", false},
      {"root=unprotected:usr=ignore", false},
  };
  for (const auto& [image_policy, allowed] : kCases) {
    World world = WithRootBelow();
    Rule rule = AllowRule(image_policy);
    rule.match.names = {Text("k3s*")};
    world.policy.rules.push_back(rule);
    EXPECT_EQ(world.Decide().verdict == Verdict::kAllow, allowed)
        << image_policy;
  }
}

TEST(RootAndUsrTest, WhatCoversUsrAloneAdmitsNoRootBelowIt) {
  const char* const kLax = "root=unprotected+absent:usr=signed+absent";
  World world = WithRootBelow();
  world.policy.default_verdict.emplace();
  world.policy.default_verdict->value = RuleVerdict::kDeny;
  Rule by_signer = AllowRule(kLax);
  by_signer.match.signers = {Text(HexOf('c'))};
  Rule by_hash = AllowRule(kLax);
  by_hash.id = Text("hash");
  by_hash.match.root_hashes = {Text(HexOf('a'))};
  world.policy.rules = {by_signer, by_hash};
  EXPECT_EQ(world.Decide().verdict, Verdict::kDeny);
  world.image.layout.value()->root_below.reset();
  EXPECT_EQ(world.Decide().verdict, Verdict::kAllow);
  // Where a name selects, the root hash is a requirement that it cannot meet.
  world = WithRootBelow();
  by_hash.match.names = {Text("k3s*")};
  world.policy.rules = {by_hash};
  const Decision pinned = world.Decide();
  ASSERT_EQ(pinned.reasons.size(), 1u);
  EXPECT_EQ(pinned.reasons[0].code, R::kDigestMismatch);
  // A digest of the whole file covers both.
  Rule by_file = AllowRule(kLax);
  by_file.match.sha256 = {Text(HexOf('b'))};
  world.policy.rules = {by_file};
  EXPECT_EQ(world.Decide().verdict, Verdict::kAllow);
  // And what is revoked is so, whatever lies below it.
  Rule revoked = RuleNamed("revoked", RuleVerdict::kDeny);
  revoked.match.root_hashes = {Text(HexOf('a'))};
  world.policy.rules.push_back(revoked);
  const Decision denied = world.Decide();
  ASSERT_EQ(denied.reasons.size(), 1u);
  EXPECT_EQ(denied.reasons[0].code, R::kDeniedByRule);
}

TEST(RootAndUsrTest, AConfextWithRootAndUsrIsRefused) {
  World world = WithRootBelow();
  world.image.image_class = ImageClass::kConfext;
  const Decision decision = world.Decide();
  ASSERT_FALSE(decision.reasons.empty());
  EXPECT_EQ(decision.reasons[0].code, R::kLayoutAmbiguous);
  EXPECT_THAT(decision.reasons[0].detail, HasSubstr("beside `root`"));
}

}  // namespace
}  // namespace extgate
