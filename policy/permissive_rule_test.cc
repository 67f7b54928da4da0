// Rules with a `mode` of their own: what they excuse, and what they do not.
#include <functional>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "policy/decision.h"
#include "policy/decision_fixture.h"

namespace extgate {
namespace {

constexpr int kEnd = 1000;  // seconds, of `until` below

Rule On(const std::string& id, RuleVerdict verdict, const std::string& name) {
  Rule rule = RuleNamed(id, verdict);
  rule.match.names = {Text(name)};
  return rule;
}

Rule Permissive(Rule rule) {
  rule.mode = {RuleMode::kPermissive, {}};
  rule.until = {UtcTime::FromSeconds(kEnd), {}};
  return rule;
}

Rule Asking(Rule rule, const std::string& image_policy) {
  rule.image_policy = {Parsed(image_policy), {}};
  return rule;
}

Rule Allow(const std::string& id) { return On(id, RuleVerdict::kAllow, "k3*"); }
Rule Deny(const std::string& id) { return On(id, RuleVerdict::kDeny, "k3*"); }

struct World {
  ImageFacts image = GoodImage();
  SignatureStanding standing = TrustedStanding();
  HostFacts host = DebianHost();
  Policy policy;
};

// "deny by a, acts: allow by default (a)", or "deny by a".
std::string Said(const World& world) {
  const Decision decision =
      Evaluate(world.image, world.standing, world.host, Compiled(world.policy));
  std::string text =
      std::string(ToWord(decision.verdict)) + " by " + decision.rule;
  if (!decision.excuse.has_value()) return text;
  text += std::string(", acts: ") + ToWord(decision.excuse->verdict) + " by " +
          decision.excuse->rule + " (";
  for (const ExcusedRule& rule : decision.excuse->rules) text += rule.rule;
  EXPECT_EQ(ActingVerdict(decision), decision.excuse->verdict);
  return text + ")";
}

struct Case {
  const char* name;
  std::vector<Rule> rules;
  RuleVerdict otherwise;  // `default`
  const char* want;
};

TEST(PermissiveRuleTest, ExcusesItsOwnDenialAndNoOther) {
  const std::string strict = kStrictImagePolicy;
  const Case kCases[] = {
      {"a deny rule",
       {Permissive(Deny("a"))},
       RuleVerdict::kAllow,
       "deny by a, acts: allow by default (a)"},
      {"what is denied without it stays so",
       {Permissive(Deny("a"))},
       RuleVerdict::kDeny,
       "deny by a"},
      {"a deny rule that counts",
       {Permissive(Deny("a")), Deny("b")},
       RuleVerdict::kAllow,
       "deny by a"},
      {"a deny rule that counts, first",
       {Deny("b"), Permissive(Deny("a"))},
       RuleVerdict::kAllow,
       "deny by b"},
      {"two that do not",
       {Permissive(Deny("a")), Permissive(Deny("b"))},
       RuleVerdict::kAllow,
       "deny by a, acts: allow by default (ab)"},
      {"it still allows what it is satisfied with",
       {Permissive(Allow("a"))},
       RuleVerdict::kDeny,
       "allow by a"},
      {"also where another one is excused",
       {Permissive(Allow("a")), Permissive(Deny("b"))},
       RuleVerdict::kDeny,
       "deny by b, acts: allow by a (b)"},
      {"a requirement",
       {Permissive(Asking(Allow("a"), "root=encrypted"))},
       RuleVerdict::kAllow,
       "deny by a, acts: allow by default (a)"},
      {"a requirement, where the default denies",
       {Permissive(Asking(Allow("a"), "root=encrypted"))},
       RuleVerdict::kDeny,
       "deny by a"},
      {"a requirement beside another one of the class",
       {Permissive(Asking(Allow("a"), "root=encrypted")),
        Asking(Allow("b"), "root=encrypted")},
       RuleVerdict::kAllow,
       "deny by a"},
      {"a rule called as the default",
       {Permissive(Asking(Allow("default"), "root=encrypted"))},
       RuleVerdict::kDeny,
       "deny by default"},
  };
  for (const Case& c : kCases) {
    World world;
    world.policy.rules = c.rules;
    world.policy.default_verdict = {c.otherwise, {}};
    world.host.date = UtcTime::FromSeconds(kEnd - 1);
    EXPECT_EQ(Said(world), c.want) << c.name;
  }
}

TEST(PermissiveRuleTest, EndsAtTheFirstSecondOfUntil) {
  World world;
  world.policy.rules = {Permissive(Deny("a"))};
  world.host.date = UtcTime::FromSeconds(kEnd - 1);
  EXPECT_EQ(Said(world), "deny by a, acts: allow by default (a)");
  world.host.date = UtcTime::FromSeconds(kEnd);
  EXPECT_EQ(Said(world), "deny by a");
  world.policy.rules[0].until.reset();
  EXPECT_EQ(Said(world), "deny by a, acts: allow by default (a)");
}

TEST(PermissiveRuleTest, WhatNoRuleSaysIsNeverExcused) {
  World world;
  world.policy.rules = {Permissive(Deny("a")), Permissive(Allow("b"))};
  const std::function<void(World&)> kSpoils[] = {
      [](World& w) { w.standing.signers[0].revoked = true; },
      [](World& w) { w.image.forbidden_paths = {"/usr/lib/extgate/x"}; },
  };
  for (const auto& spoil : kSpoils) {
    World spoilt = world;
    spoil(spoilt);
    EXPECT_EQ(Said(spoilt), "deny by a");
  }
  World unsigned_one = world;
  unsigned_one.image = WithoutSignature(world.image);
  unsigned_one.standing = {};
  EXPECT_EQ(Said(unsigned_one), "deny by a");
}

TEST(PermissiveRuleTest, TheTextNamesEachWithItsEnd) {
  EXPECT_EQ(ExcuseText({{"a", *UtcTime::Parse("2027-01-31")}, {"b", {}}}),
            "rule `a`, which is permissive until 2027-01-31, and rule `b`, "
            "which is permissive");
}

}  // namespace
}  // namespace extgate
