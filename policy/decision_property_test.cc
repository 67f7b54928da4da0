// Properties of decisions over random policies, images, signatures and hosts
// (random_world.h).
#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "policy/decision.h"
#include "policy/decision_fixture.h"
#include "policy/random_world.h"
#include "policy/reference_evaluator.h"

namespace extgate {
namespace {

// A quarter of it where sanitizers make each decision ten times as long.
#if defined(__SANITIZE_ADDRESS__)
constexpr int kShare = 4;
#else
constexpr int kShare = 1;
#endif

// How often at least what a property is about has to come up, where it is to be
// `whole` times in all trials.
constexpr int AtLeast(int whole) {
  return kShare == 1 ? whole : whole / (2 * kShare);
}

Decision Decide(const RandomWorld& world) {
  return Evaluate(world.image, world.standing, world.host,
                  Compiled(world.policy), world.overlap);
}

std::string Shown(const RandomWorld& world, const Decision& decision) {
  std::string text = Dump(Compiled(world.policy)) + "image " +
                     world.image.name + " systemd " +
                     std::to_string(world.host.systemd_version) + "\n" +
                     ToWord(decision.verdict) + " by " + decision.rule + "\n";
  for (const Reason& reason : decision.reasons) {
    text += std::string(ToWord(reason.code)) + ": " + reason.detail + "\n";
  }
  for (const TraceLine& line : decision.trace) {
    text += line.rule + ": " + line.text + "\n";
  }
  return text;
}

// Whether the content is one that an image can violate.
bool OneDenies(const RuleContent& content) {
  bool denies = !content.deny.empty();
  for (const auto& [kind, action] : content.actions) {
    denies |= action.value == ContentAction::kDeny;
  }
  return denies;
}

TEST(DecisionPropertyTest, CompiledAgreesWithReference) {
  constexpr int kRounds = 60000 / kShare;
  RandomWorlds worlds(1);
  std::map<Verdict, int> verdicts;
  std::map<ReasonCode, int> codes;
  int by_rule = 0;
  int by_content = 0;
  for (int i = 0; i < kRounds; ++i) {
    const RandomWorld world = worlds.Draw();
    const CompiledPolicy policy = Compiled(world.policy);
    const Decision decision =
        Explain(world.image, world.standing, world.host, policy, world.overlap);
    const ReferenceDecision want = ReferenceEvaluate(
        world.image, world.standing, world.host, world.policy, world.overlap);
    ReferenceDecision got{decision.verdict, decision.rule, {}};
    for (const Reason& reason : decision.reasons) {
      got.codes.insert(reason.code);
      ++codes[reason.code];
    }
    ++verdicts[decision.verdict];
    by_content += world.image.forbidden_paths.empty() &&
                  got.codes.contains(ReasonCode::kForbiddenContent);
    by_rule += !decision.rule.empty() && decision.rule != "default";
    std::string wanted = std::string(ToWord(want.verdict)) + " by " + want.rule;
    for (ReasonCode code : want.codes)
      wanted += std::string(" ") + ToWord(code);
    ASSERT_EQ(got, want) << "round " << i << "\n"
                         << Shown(world, decision) << "want " << wanted;
    ASSERT_EQ(decision.reasons.empty(), decision.verdict == Verdict::kAllow);
    Decision brief = decision;
    brief.trace.clear();
    ASSERT_EQ(Evaluate(world.image, world.standing, world.host, policy,
                       world.overlap),
              brief)
        << "round " << i;
  }
  // The draw is worth something only where everything happens.
  for (Verdict verdict : {Verdict::kAllow, Verdict::kNotApplicable,
                          Verdict::kDeny, Verdict::kUnmergeable}) {
    EXPECT_GT(verdicts[verdict], kRounds / 50) << ToWord(verdict);
  }
  EXPECT_GT(by_rule, kRounds / 4);
  EXPECT_GT(by_content, kRounds / 50);
  for (const auto& [code, word] : Words<ReasonCode>::kTable) {
    if (code != ReasonCode::kBypass && code != ReasonCode::kRequiredMissing) {
      EXPECT_GT(codes[code], AtLeast(50)) << word;
    }
  }
}

TEST(DecisionPropertyTest, PermissiveAndEnforcingDecideAlike) {
  RandomWorlds worlds(2);
  for (int i = 0; i < 5000 / kShare; ++i) {
    RandomWorld world = worlds.Draw();
    std::vector<Decision> decisions;
    for (const auto& [mode, word] : Words<Mode>::kTable) {
      world.policy.mode = {mode, {}};
      decisions.push_back(Decide(world));
    }
    ASSERT_EQ(decisions[0], decisions[1]);
    ASSERT_EQ(decisions[0], decisions[2]);
  }
}

TEST(DecisionPropertyTest, WhatPermissiveRulesDenyIsDoneAsTheOthersSay) {
  RandomWorlds worlds(9);
  int excused = 0;
  for (int i = 0; i < 20000 / kShare; ++i) {
    const RandomWorld world = worlds.Draw();
    const Decision decision = Decide(world);
    RandomWorld counting = world;
    for (Rule& rule : counting.policy.rules) rule.mode.reset();
    ASSERT_EQ(decision.verdict, Decide(counting).verdict);
    ASSERT_EQ(ActingVerdict(decision),
              ReferenceActingVerdict(world.image, world.standing, world.host,
                                     world.policy, world.overlap))
        << Shown(world, decision);
    excused += decision.excuse.has_value();
  }
  EXPECT_GT(excused, AtLeast(100));
}

TEST(DecisionPropertyTest, RuleOrderNeverChangesTheVerdict) {
  RandomWorlds worlds(3);
  std::mt19937 random(3);
  for (int i = 0; i < 10000 / kShare; ++i) {
    RandomWorld world = worlds.Draw();
    const Decision before = Decide(world);
    std::shuffle(world.policy.rules.begin(), world.policy.rules.end(), random);
    std::reverse(world.policy.entries.begin(), world.policy.entries.end());
    const Decision after = Decide(world);
    ASSERT_EQ(after.verdict, before.verdict) << Shown(world, after);
    std::set<ReasonCode> codes_before, codes_after;
    for (const Reason& r : before.reasons) codes_before.insert(r.code);
    for (const Reason& r : after.reasons) codes_after.insert(r.code);
    ASSERT_EQ(codes_after, codes_before) << Shown(world, after);
  }
}

bool NamesASet(const Policy& policy) {
  return std::any_of(
      policy.rules.begin(), policy.rules.end(),
      [](const Rule& rule) { return !rule.match.signer_sets.empty(); });
}

// Who is only in a set is a stranger to all that does not name it.
TEST(DecisionPropertyTest, ASetCountsOnlyWhereItIsNamed) {
  RandomWorlds worlds(7);
  int in_a_set = 0;
  for (int i = 0; i < 10000 / kShare; ++i) {
    RandomWorld world = worlds.Draw();
    if (NamesASet(world.policy)) continue;
    const Decision decision = Decide(world);
    RandomWorld without = world;
    for (Signer& signer : without.standing.signers) {
      in_a_set += !signer.trusted && !signer.sets.empty();
      signer.sets.clear();
    }
    const Decision again = Decide(without);
    ASSERT_EQ(decision.verdict, again.verdict) << Shown(world, decision);
    ASSERT_EQ(decision.rule, again.rule) << Shown(world, decision);
  }
  EXPECT_GT(in_a_set, AtLeast(100));
}

// To define a set that was not takes nothing away from anybody but denials.
TEST(DecisionPropertyTest, AnUnknownSetDeniesAllThatItCouldMean) {
  RandomWorlds worlds(8);
  int denied = 0;
  for (int i = 0; i < 20000 / kShare; ++i) {
    RandomWorld world = worlds.Draw();
    if (!NamesASet(world.policy)) continue;
    world.policy.trust.sets = {{"acme", {}}, {"other", {}}};
    const Decision known = Decide(world);
    world.policy.trust.sets.clear();
    const Decision unknown = Decide(world);
    ASSERT_GE(unknown.verdict, known.verdict) << Shown(world, unknown);
    denied += unknown.verdict != known.verdict;
  }
  EXPECT_GT(denied, AtLeast(20));
}

TEST(DecisionPropertyTest, AddingADenyNeverAllows) {
  RandomWorlds worlds(4);
  int denied = 0;
  for (int i = 0; i < 10000 / kShare; ++i) {
    RandomWorld world = worlds.Draw();
    const Verdict before = Decide(world).verdict;
    world.policy.rules.insert(
        world.policy.rules.begin(),
        worlds.rules().DrawRule("new", RuleVerdict::kDeny));
    const Verdict after = Decide(world).verdict;
    ASSERT_GE(after, before);
    denied += after != before;
  }
  EXPECT_GT(denied, AtLeast(200)) << "the new rule must have had a say";
}

TEST(DecisionPropertyTest, UnreadableEvidenceNeverAllows) {
  RandomWorlds worlds(5);
  int allowed_before = 0;
  for (int i = 0; i < 10000 / kShare; ++i) {
    const RandomWorld world = worlds.Draw();
    if (Decide(world).verdict != Verdict::kAllow) continue;
    ++allowed_before;
    std::vector<ImageFacts> worse(6, world.image);
    worse[0].unreadable = "input/output error";
    worse[1].filesystem = Absent();
    worse[2].release = Unsupported{"new"};
    worse[3].release = Absent();
    worse[4].filesystem = Unsupported{"new"};
    worse[5].container = Container::kUnknown;
    if (world.image.container == Container::kDirectory) {
      // A directory has no filesystem of its own to look for.
      worse[1] = worse[4] = worse[0];
    }
    if (world.image.container == Container::kGpt) {
      worse.resize(10, world.image);
      worse[6].table = Unsupported{"new"};
      worse[7].layout = Absent();
      worse[8].verity = Unsupported{"new"};
      worse[9].signature = Unsupported{"new"};
    }
    for (size_t w = 0; w < worse.size(); ++w) {
      RandomWorld spoilt = world;
      spoilt.image = worse[w];
      ASSERT_NE(Decide(spoilt).verdict, Verdict::kAllow)
          << w << "\n"
          << Shown(spoilt, Decide(spoilt));
    }
  }
  EXPECT_GT(allowed_before, AtLeast(200));
}

TEST(DecisionPropertyTest, UnknownContentNeverMeetsARule) {
  RandomWorlds worlds(6);
  int allowed_before = 0;
  for (int i = 0; i < 5000 / kShare; ++i) {
    RandomWorld world = worlds.Draw();
    world.policy.default_verdict = {RuleVerdict::kDeny, {}};
    Rule rule = RuleNamed("r", RuleVerdict::kAllow);
    rule.match.names = {Text("*")};
    rule.image_policy = {Parsed("*"), {}};
    rule.content = worlds.rules().DrawContent();
    world.policy.rules = {rule};
    if (!OneDenies(world.policy.rules[0].content)) continue;
    if (Decide(world).verdict != Verdict::kAllow) continue;
    ++allowed_before;
    for (const Evidence<TreeFacts>& tree :
         {Evidence<TreeFacts>(), Evidence<TreeFacts>(Unsupported{"new"}),
          Evidence<TreeFacts>(Malformed{"tree", "bad"}),
          Evidence<TreeFacts>(TreeFacts{{}, true})}) {
      RandomWorld spoilt = world;
      spoilt.image.tree = tree;
      ASSERT_EQ(Decide(spoilt).verdict, Verdict::kDeny)
          << Shown(spoilt, Decide(spoilt));
    }
  }
  EXPECT_GT(allowed_before, AtLeast(100));
}

}  // namespace
}  // namespace extgate
