// Policies at random, compared, and images at random that both decide about.
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "policy/decision_fixture.h"
#include "policy/diff/policy_diff.h"
#include "policy/policy_printer.h"
#include "policy/random_world.h"
#include "policy/reference_evaluator.h"

namespace extgate {
namespace {

constexpr int kImages = 60;  // of each pair

// For more than what runs each time, of the built test: EXTGATE_DIFF_PAIRS=3000
// EXTGATE_DIFF_SEED=1000 (some minutes).
uint32_t NumberFrom(const char* variable, uint32_t otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr
             ? otherwise
             : static_cast<uint32_t>(std::strtoul(text, nullptr, 10));
}

// `policy` with some of it changed.
Policy Changed(Policy policy, RandomWorlds& worlds) {
  RandomDraw& draw = worlds.draw();
  RandomRules& rules = worlds.rules();
  if (draw.OneIn(6)) return rules.DrawPolicy();
  if (!policy.rules.empty()) {
    Rule& rule =
        policy.rules[draw.Below(static_cast<uint32_t>(policy.rules.size()))];
    const Rule other = rules.DrawRule("other", RuleVerdict::kAllow);
    if (draw.OneIn(3)) {
      rule.match.names = other.match.names;
      rule.match.version = other.match.version;
    }
    if (draw.OneIn(4)) rule.content = other.content;
    if (draw.OneIn(4)) rule.image_policy = other.image_policy;
    if (draw.OneIn(8)) rule.match.signers = other.match.signers;
    if (draw.OneIn(8)) rule.match.signer_sets = other.match.signer_sets;
    if (draw.OneIn(8)) rule.mode = other.mode, rule.until = other.until;
    if (rule.match == RuleMatch()) rule.match = other.match;
    if (draw.OneIn(4)) policy.rules.pop_back();
  }
  if (draw.OneIn(3)) {
    policy.rules.push_back(rules.DrawRule(
        "new", draw.OneIn(4) ? RuleVerdict::kDeny : RuleVerdict::kAllow));
  }
  if (draw.OneIn(10)) policy.entries.clear();
  if (draw.OneIn(10)) policy.image_policy = {rules.DrawImagePolicy(), {}};
  if (draw.OneIn(20)) policy.default_verdict = {RuleVerdict::kDeny, {}};
  if (draw.OneIn(20)) policy.trust.require_unexpired = {true, {}};
  return policy;
}

// Whether the oracle allows, in words and in deed.
struct Allowed {
  bool said = false;
  bool done = false;
};

Allowed Ask(const ImageFacts& image, const SignatureStanding& standing,
            const HostFacts& host, const Evidence<HostOverlap>& overlap,
            const Policy& policy) {
  return {ReferenceEvaluate(image, standing, host, policy, overlap).verdict ==
              Verdict::kAllow,
          ReferenceActingVerdict(image, standing, host, policy, overlap) ==
              Verdict::kAllow};
}

bool AllowsMore(const Allowed& one, const Allowed& other) {
  return (one.said && !other.said) || (one.done && !other.done);
}

// How `is` is to `was` for the witness, by the oracle.
bool Witnesses(const DiffWitness& witness, const Policy& more,
               const SignatureStanding& more_standing, const Policy& less,
               const SignatureStanding& less_standing) {
  return AllowsMore(
      Ask(witness.image, more_standing, witness.host, witness.overlap, more),
      Ask(witness.image, less_standing, witness.host, witness.overlap, less));
}

// Sanitizers make a pair take ten times as long.
#if defined(__SANITIZE_ADDRESS__)
constexpr uint32_t kPairs = 24;
#else
constexpr uint32_t kPairs = 60;
#endif

// Where a random image shows a difference, diff has reported that direction, or
// says that it does not know; and what it reports is so.
TEST(ComparePolicies, NoRandomImageDiffersUnseen) {
  const uint32_t first = NumberFrom("EXTGATE_DIFF_SEED", 0);
  const uint32_t pairs = NumberFrom("EXTGATE_DIFF_PAIRS", kPairs);
  uint32_t differed = 0;
  uint32_t undecided = 0;
  std::map<std::string, int> doubts;
  std::map<Relation, uint32_t> relations;
  for (uint32_t seed = first; seed < first + pairs; ++seed) {
    RandomWorlds worlds(seed);
    const Policy before = worlds.rules().DrawPolicy();
    const Policy after = Changed(before, worlds);
    const CompiledPolicy old_one = Compiled(before);
    const CompiledPolicy new_one = Compiled(after);
    const PolicyDiff diff =
        ComparePolicies({before, old_one}, {after, new_one});
    ++relations[diff.relation];
    undecided += !diff.undecided.empty();
    for (const std::string& doubt : diff.undecided) ++doubts[doubt];
    const std::string shown = absl::StrCat(
        "seed ", seed, "\n", CanonicalText(before), CanonicalText(after));
    if (diff.looser) {
      EXPECT_TRUE(Witnesses(*diff.looser, after, diff.looser->after, before,
                            diff.looser->before))
          << shown;
    }
    if (diff.stricter) {
      EXPECT_TRUE(Witnesses(*diff.stricter, before, diff.stricter->before,
                            after, diff.stricter->after))
          << shown;
    }
    for (int i = 0; i < kImages; ++i) {
      const RandomWorld world = worlds.Draw();
      const auto ask = [&](const Policy& policy) {
        return Ask(world.image, world.standing, world.host, world.overlap,
                   policy);
      };
      const Allowed was = ask(before);
      const Allowed is = ask(after);
      const bool unseen = (AllowsMore(is, was) && !diff.looser.has_value()) ||
                          (AllowsMore(was, is) && !diff.stricter.has_value());
      differed += AllowsMore(is, was) || AllowsMore(was, is);
      if (!unseen || !diff.undecided.empty()) continue;
      ADD_FAILURE() << shown << Dump(old_one) << Dump(new_one) << "image "
                    << world.image.name << " inside "
                    << (world.image.release.value()
                            ? world.image.release.value()->name
                            : "?")
                    << ": " << was.said << was.done << " -> " << is.said
                    << is.done;
      break;
    }
  }
  std::cout << pairs << " pairs, undecided " << undecided << "\n";
  for (const auto& [doubt, times] : doubts) {
    std::cout << "  " << times << " " << doubt << "\n";
  }
  // The draw is worth something only where policies differ, in every way.
  EXPECT_GT(differed, pairs / 2);
  for (const Relation relation :
       {Relation::kEquivalent, Relation::kLooser, Relation::kStricter,
        Relation::kIncomparable}) {
    EXPECT_GT(relations[relation], pairs / 40) << ToWord(relation);
  }
  EXPECT_LT(undecided, pairs / 40 + 1);
}

}  // namespace
}  // namespace extgate
