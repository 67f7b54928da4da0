// Rules that lint calls hidden, taken out of policies at random.
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "policy/decision.h"
#include "policy/decision_fixture.h"
#include "policy/lint/lint.h"
#include "policy/policy_printer.h"
#include "policy/random_world.h"

namespace extgate {
namespace {

// With ids of their own, and each id on a line of its number.
void Number(std::vector<Rule>& rules) {
  for (size_t i = 0; i < rules.size(); ++i) {
    rules[i].id.value = "r" + std::to_string(i);
    rules[i].id.span = {"p", static_cast<int>(i) + 1, 1};
  }
}

// Rules that are often about the same: each like another but for a part.
Policy DrawPolicy(RandomWorlds& worlds) {
  RandomDraw& draw = worlds.draw();
  Policy policy = worlds.rules().DrawPolicy();
  if (policy.rules.empty()) return policy;
  for (uint32_t n = draw.Below(4); n > 0; --n) {
    Rule like =
        policy.rules[draw.Below(static_cast<uint32_t>(policy.rules.size()))];
    const Rule other = worlds.rules().DrawRule("x", RuleVerdict::kAllow);
    if (draw.OneIn(3)) {
      like.match.names = other.match.names;
      like.match.version = other.match.version;
    }
    if (draw.OneIn(4)) like.match.signers.clear();
    if (draw.OneIn(4)) like.match.root_hashes.clear();
    if (draw.OneIn(4)) like.match.entries = other.match.entries;
    if (draw.OneIn(4)) like.match.classes = other.match.classes;
    if (draw.OneIn(4)) like.content = other.content;
    if (draw.OneIn(4)) like.image_policy = other.image_policy;
    if (draw.OneIn(3)) like.mode.reset();
    if (draw.OneIn(4)) like.verdict = {RuleVerdict::kDeny, {}};
    if (like.verdict.value == RuleVerdict::kDeny) like.content = {};
    if (like.match == RuleMatch()) like.match = other.match;
    policy.rules.push_back(like);
  }
  if (draw.OneIn(3)) policy.trust.revoked = {Text(HexOf('c'))};
  Number(policy.rules);
  return policy;
}

// Signers whom the policy revokes are seen as revoked.
SignatureStanding Revoked(SignatureStanding standing, const Policy& policy) {
  if (policy.trust.revoked.empty()) return standing;
  for (Signer& signer : standing.signers) {
    if (signer.sha256 != FingerprintOf('c')) continue;
    signer.revoked = true;
    signer.trusted = false;
    signer.sets.clear();
    standing.state = SignatureState::kUntrusted;
  }
  return standing;
}

// A small part of it where sanitizers make each look ten times as long.
#if defined(__SANITIZE_ADDRESS__)
constexpr uint32_t kPolicies = 50;
#else
constexpr uint32_t kPolicies = 1000;
#endif

TEST(HiddenRules, MakeNoDifferenceToAnyImage) {
  uint32_t hidden = 0;
  for (uint32_t seed = 0; seed < kPolicies; ++seed) {
    RandomWorlds worlds(seed);
    const Policy policy = DrawPolicy(worlds);
    const CompiledPolicy compiled = Compiled(policy);
    const LintSubject subject = {
        policy, Mode::kPermissive, {kOldestSystemd, kNewestSystemd}, UtcTime()};
    for (const Finding& finding : LintPolicy(subject)) {
      if (finding.diagnostic.code != DiagnosticCode::kHiddenRule) continue;
      // Of one that allows nothing and selects, lint says that it counts.
      if (!absl::StrContains(finding.diagnostic.message, "no difference")) {
        continue;
      }
      ++hidden;
      Policy without = policy;
      without.rules.erase(without.rules.begin() +
                          (finding.diagnostic.span.line - 1));
      const CompiledPolicy compiled_without = Compiled(without);
      for (int i = 0; i < 60; ++i) {
        const RandomWorld world = worlds.Draw();
        const SignatureStanding standing = Revoked(world.standing, policy);
        const Decision was = Evaluate(world.image, standing, world.host,
                                      compiled, world.overlap);
        const Decision is = Evaluate(world.image, standing, world.host,
                                     compiled_without, world.overlap);
        ASSERT_EQ(was.verdict, is.verdict)
            << "seed " << seed << ": " << finding.diagnostic.message << "\n"
            << CanonicalText(policy) << Dump(compiled);
        ASSERT_EQ(ActingVerdict(was), ActingVerdict(is))
            << "seed " << seed << ": " << finding.diagnostic.message << "\n"
            << CanonicalText(policy) << Dump(compiled);
      }
    }
  }
  EXPECT_GT(hidden, kPolicies / 5);
}

}  // namespace
}  // namespace extgate
