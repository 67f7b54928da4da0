// Every reason code by name: the good image is allowed, one thing is spoilt
// (reason_cases.h), and just that reason comes. Rules and their precedence are
// in rule_precedence_test.cc.
#include "policy/decision.h"

#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "policy/decision_fixture.h"
#include "policy/reason_cases.h"

namespace extgate {
namespace {

using R = ReasonCode;
using World = DecisionWorld;

std::vector<ReasonCode> CodesOf(const Decision& decision) {
  std::vector<ReasonCode> codes;
  for (const Reason& reason : decision.reasons) codes.push_back(reason.code);
  return codes;
}

std::string Shown(const Decision& decision) {
  std::string text =
      std::string(ToWord(decision.verdict)) + " by `" + decision.rule + "`\n";
  for (const Reason& reason : decision.reasons) {
    text += std::string(ToWord(reason.code)) + ": " + reason.detail + "\n";
  }
  for (const TraceLine& line : decision.trace) {
    text += line.rule + ": " + line.text + "\n";
  }
  return text;
}

TEST(DecisionTest, TheGoodImageIsAllowedByDefault) {
  const Decision decision = World().Explained();
  EXPECT_EQ(Shown(decision), "allow by `default`\ndefault: allows\n");
}

std::vector<ReasonCase> AllCases() {
  std::vector<ReasonCase> all;
  for (const auto* cases : {&DenyCases(), &UnmergeableCases(), &OtherCases()}) {
    all.insert(all.end(), cases->begin(), cases->end());
  }
  return all;
}

TEST(DecisionTest, EachSpoiltThingHasItsReason) {
  for (const ReasonCase& c : AllCases()) {
    World world;
    ASSERT_EQ(world.Decide().verdict, Verdict::kAllow);
    c.spoil(world);
    const Decision decision = world.Decide();
    EXPECT_EQ(CodesOf(decision), c.want) << c.name << "\n" << Shown(decision);
    EXPECT_EQ(decision.verdict, c.verdict) << c.name;
    EXPECT_EQ(decision.rule, c.rule) << c.name;
    if (!c.detail.empty() && !decision.reasons.empty()) {
      EXPECT_EQ(decision.reasons[0].detail, c.detail) << c.name;
    }
  }
}

// The others are of where systemd merges from, and of what is not there.
TEST(DecisionTest, EveryCodeOfAnImageIsFiredAbove) {
  std::set<ReasonCode> fired = {R::kBypass, R::kRequiredMissing};
  for (const ReasonCase& c : AllCases())
    fired.insert(c.want.begin(), c.want.end());
  for (const auto& [code, word] : Words<ReasonCode>::kTable) {
    EXPECT_EQ(fired.count(code), 1u) << word;
  }
}

TEST(DecisionTest, WhatSystemdVersionsDecideDifferently) {
  const struct {
    const char* name;
    std::function<void(World&)> spoil;
    int version;
    std::vector<ReasonCode> want;
  } kCases[] = {
      {"os-release before 254",
       [](World& w) { w.image.has_os_release = true; },
       253,
       {}},
      {"os-release in 254",
       [](World& w) { w.image.has_os_release = true; },
       254,
       {R::kReleaseMissing}},
      {"os-release, unknown",
       [](World& w) { w.image.has_os_release = true; },
       0,
       {R::kReleaseMissing}},
      {"a release file by the cut name in 253",
       [](World& w) { w.image.release.value()->by_fallback = true; },
       253,
       {R::kReleaseMissing}},
      {"a release file by the cut name in 254",
       [](World& w) { w.image.release.value()->by_fallback = true; },
       254,
       {}},
      {"a release file by its attribute in 252",
       [](World& w) {
         w.image.release.value()->by_fallback = true;
         w.image.release.value()->lax = true;
       },
       252,
       {}},
      {"foreign UUIDs, signed, 258",
       [](World& w) { w.image.layout.value()->data_uuid = ""; },
       258,
       {R::kRootHashMismatch}},
      {"foreign UUIDs, unsigned, 257",
       [](World& w) {
         w.image = WithoutSignature(w.image);
         w.image.layout.value()->data_uuid = "";
       },
       257,
       {R::kRootHashMismatch}},
      {"foreign UUIDs, unsigned, 258",
       [](World& w) {
         w.image = WithoutSignature(w.image);
         w.image.layout.value()->data_uuid = "";
       },
       258,
       {R::kRootHashMismatch, R::kVerityCorrupt}},
      {"sectors of 4096 bytes, 252",
       [](World& w) { w.image.table.value()->sector_size = 4096; },
       252,
       {R::kPartitionTableInvalid}},
      {"sectors of 4096 bytes, 253",
       [](World& w) { w.image.table.value()->sector_size = 4096; },
       253,
       {}},
      {"sectors of 4096 bytes, unknown",
       [](World& w) { w.image.table.value()->sector_size = 4096; },
       0,
       {R::kPartitionTableInvalid}},
      {"foreign UUIDs, unsigned, unknown",
       [](World& w) {
         w.image = WithoutSignature(w.image);
         w.image.layout.value()->data_uuid = "";
       },
       0,
       {R::kRootHashMismatch, R::kVerityCorrupt}},
  };
  for (const auto& c : kCases) {
    World world;
    world.policy.image_policy = {Parsed("*"), {}};
    c.spoil(world);
    world.host.systemd_version = c.version;
    EXPECT_EQ(CodesOf(world.Decide()), c.want) << c.name << "\n"
                                               << Shown(world.Decide());
  }
}

TEST(DecisionTest, NamesThatFit) {
  const struct {
    const char* outside;
    const char* inside;
    bool fits;
  } kCases[] = {
      {"k3s", "k3s", true},        {"k3s_1.29", "k3s", true},
      {"k3s+1", "k3s", true},      {"k3s_1+2", "k3s", true},
      {"k3s+1_2", "k3s", true},    {"k3s_1", "k3s_1", true},
      {"k3s_1+2", "k3s_1", false}, {"k3s-1", "k3s", false},
      {"k3s", "k3s_1", false},     {"k3s", "K3s", false},
      {"k3s", "", false},          {"_1", "", false},
  };
  for (const auto& c : kCases) {
    World world;
    world.image.name = c.outside;
    world.image.release.value()->name = c.inside;
    EXPECT_EQ(CodesOf(world.Decide()),
              c.fits ? std::vector<R>{} : std::vector<R>{R::kNameMismatch})
        << c.outside << " " << c.inside;
  }
}

TEST(DecisionTest, ImagesBelongToTheEntriesTheyAreGivenTo) {
  const struct {
    const char* name;
    std::vector<std::pair<const char*, std::vector<const char*>>> map;
    const char* entry;
    bool elsewhere;
  } kCases[] = {
      {"no map", {}, "active", false},
      {"no mapping matches", {{"rke2*", {"passive"}}}, "active", false},
      {"listed", {{"k3s*", {"passive", "active"}}}, "active", false},
      {"not listed", {{"k3s*", {"passive"}}}, "active", true},
      {"union of mappings",
       {{"k3s*", {"passive"}}, {"*v1", {"active"}}},
       "active",
       false},
      {"common", {{"k3s*", {"common"}}}, "active", false},
      {"common, entry not known", {{"k3s*", {"common"}}}, "", false},
      {"entry not known", {{"k3s*", {"active"}}}, "", true},
      {"no entries", {{"k3s*", {}}}, "active", true},
  };
  for (const auto& c : kCases) {
    World world;
    world.host.entry = c.entry;
    for (const auto& [pattern, entries] : c.map) {
      EntryMapping mapping{Text(pattern), {}};
      for (const char* entry : entries) mapping.entries.push_back(Text(entry));
      world.policy.entries.push_back(mapping);
    }
    const CompiledPolicy policy = Compiled(world.policy);
    EXPECT_EQ(BelongsElsewhere("k3sv1", world.host, policy), c.elsewhere)
        << c.name;
    EXPECT_EQ(world.Decide().verdict == Verdict::kNotApplicable, c.elsewhere)
        << c.name;
    if (c.elsewhere) {
      EXPECT_EQ(world.Decide(), WrongEntry("k3sv1", world.host, policy));
    }
  }
}

TEST(DecisionTest, ProtectionNeedsTreeSignatureAndTrust) {
  World world;
  const auto protection = [&world] {
    return ProtectionOf(world.image, world.standing);
  };
  EXPECT_EQ(protection(), kFlagSigned | kFlagVerity);
  world.standing = StrangersStanding();
  EXPECT_EQ(protection(), 0u + kFlagVerity);
  world.standing = TrustedStanding();
  world.image.signature.value()->root_hash = RootHashOf('7');
  EXPECT_EQ(protection(), 0u + kFlagVerity) << "signed is another tree";
  world.image.signature = Absent();
  EXPECT_EQ(protection(), 0u + kFlagVerity);
  world.image.verity = Malformed{"", ""};
  EXPECT_EQ(protection(), 0u + kFlagUnprotected);
}

TEST(DecisionTest, TextFromAnImageIsSafeToShow) {
  World world;
  world.image.release.value()->name = "a\x1b[2Jb";
  const Decision decision = world.Decide();
  ASSERT_EQ(decision.reasons.size(), 1u);
  EXPECT_EQ(decision.reasons[0].detail.find('\x1b'), std::string::npos)
      << decision.reasons[0].detail;
}

TEST(DecisionTest, AMappingThatCannotBeMatchedGivesTheImageToNoEntry) {
  CompiledPolicy policy = Compiled({});
  policy.entries = {{NamePattern(), {"active"}}};
  EXPECT_TRUE(BelongsElsewhere("k3sv1", DebianHost(), policy));
  policy.entries.push_back({*NamePattern::Parse("k3s*"), {"active"}});
  EXPECT_FALSE(BelongsElsewhere("k3sv1", DebianHost(), policy));
}

}  // namespace
}  // namespace extgate
