#include "engine/planner.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

const Covers kEtc = {kOverridingDirectory};

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// A decided image of a shape that evaluation could have produced.
DecidedImage Image(const std::string& name, Verdict verdict,
                   Place place = Place::kOffered) {
  DecidedImage image;
  image.candidate.path = "/src/" + name + ".raw";
  image.candidate.file_name = name + ".raw";
  image.candidate.place = place;
  image.facts.name = name;
  image.facts.container = Container::kGpt;
  Layout layout;
  layout.verity = ByteRange{4096, 4096};
  layout.signature = ByteRange{8192, 4096};
  image.facts.layout = layout;
  VerityTree tree;
  tree.root_hash = *RootHash::Parse(std::string(64, '1'));
  image.facts.verity = tree;
  image.facts.signature = VeritySignature{tree.root_hash, "der", {}};
  image.standing.state = verdict == Verdict::kAllow
                             ? SignatureState::kTrusted
                             : SignatureState::kUntrusted;
  image.decision.verdict = verdict;
  switch (verdict) {
    case Verdict::kUnchecked:
    case Verdict::kAllow:
      break;
    case Verdict::kNotApplicable:
      image.decision.reasons = {{ReasonCode::kReleaseMismatch, "other os"}};
      break;
    case Verdict::kDeny:
      image.decision.reasons = {{ReasonCode::kSignerUntrusted, "a stranger"}};
      break;
    case Verdict::kUnmergeable:
      image.decision.reasons = {{ReasonCode::kNotADiskImage, "noise"}};
      break;
    case Verdict::kUnreadable:
      image.decision.reasons = {{ReasonCode::kUnreadable, "i/o"}};
      break;
  }
  image.address = name + "-address";
  return image;
}

CompiledPolicy PolicyOf(Mode mode,
                        OnViolation on_violation = OnViolation::kSkip) {
  CompiledPolicy policy;
  policy.mode = mode;
  policy.on_violation = on_violation;
  return policy;
}

HostFacts Host() {
  HostFacts host;
  host.systemd_version = 257;
  return host;
}

std::vector<Action> Actions(const Plan& plan) {
  std::vector<Action> actions;
  for (const PlannedImage& image : plan.images) actions.push_back(image.action);
  return actions;
}

std::vector<std::string> Names(const ClassPlan& plan) {
  std::vector<std::string> names;
  for (const SetEntry& entry : plan.set) names.push_back(entry.name);
  return names;
}

struct ModeCase {
  Verdict verdict;
  Action disabled;
  Action permissive;
  Action enforcing;
};

// The table of modes in the README.
constexpr ModeCase kModeTable[] = {
    {Verdict::kAllow, Action::kStage, Action::kStage, Action::kStage},
    {Verdict::kUnchecked, Action::kStage, Action::kStage, Action::kStage},
    {Verdict::kDeny, Action::kStage, Action::kStage, Action::kWithhold},
    {Verdict::kUnmergeable, Action::kWithhold, Action::kWithhold,
     Action::kWithhold},
    {Verdict::kNotApplicable, Action::kWithhold, Action::kWithhold,
     Action::kWithhold},
    {Verdict::kUnreadable, Action::kWithhold, Action::kWithhold,
     Action::kWithhold},
};

TEST(PlannerTest, ActionsByModeAndVerdict) {
  for (const ModeCase& c : kModeTable) {
    EXPECT_EQ(ActionFor(Mode::kDisabled, Unmergeable::kWithhold, c.verdict),
              c.disabled)
        << ToWord(c.verdict);
    EXPECT_EQ(ActionFor(Mode::kPermissive, Unmergeable::kWithhold, c.verdict),
              c.permissive)
        << ToWord(c.verdict);
    EXPECT_EQ(ActionFor(Mode::kEnforcing, Unmergeable::kWithhold, c.verdict),
              c.enforcing)
        << ToWord(c.verdict);
  }
}

TEST(PlannerTest, UnmergeableIsStagedOnlyInPermissiveAndWhenAsked) {
  EXPECT_EQ(
      ActionFor(Mode::kPermissive, Unmergeable::kStage, Verdict::kUnmergeable),
      Action::kStage);
  EXPECT_EQ(
      ActionFor(Mode::kEnforcing, Unmergeable::kStage, Verdict::kUnmergeable),
      Action::kWithhold);
}

TEST(PlannerTest, EnforcingStagesTheGoodOneOnly) {
  const Plan plan =
      MakePlan({Image("good", Verdict::kAllow), Image("bad", Verdict::kDeny),
                Image("noise", Verdict::kUnmergeable)},
               PolicyOf(Mode::kEnforcing), Host(), Covers());
  EXPECT_THAT(Names(plan.sysext), ElementsAre("good"));
  EXPECT_THAT(plan.violations, SizeIs(2));
  EXPECT_FALSE(plan.fail_boot);
  EXPECT_EQ(plan.sysext.hand_over.image_policy,
            "root=signed+absent:usr=signed+absent");
  EXPECT_THAT(plan.sysext.hand_over.environment, IsEmpty());
}

TEST(PlannerTest, HierarchiesOfThePolicyAreForSysextImages) {
  CompiledPolicy policy = PolicyOf(Mode::kEnforcing);
  policy.merge_hierarchies = {"/usr/bin", "/opt"};
  const auto plan_of = [&](const CompiledPolicy& with) {
    return MakePlan({Image("good", Verdict::kAllow)}, with, Host(), {});
  };
  EXPECT_THAT(plan_of(policy).sysext.hand_over.environment,
              ElementsAre("SYSTEMD_SYSEXT_HIERARCHIES=/usr/bin:/opt"));
  EXPECT_THAT(plan_of(policy).confext.hand_over.environment, IsEmpty());
  policy.mode = Mode::kDisabled;
  EXPECT_THAT(plan_of(policy).sysext.hand_over.environment, IsEmpty());
}

TEST(PlannerTest, PermissiveStagesAllButTheNoise) {
  const Plan plan =
      MakePlan({Image("good", Verdict::kAllow), Image("bad", Verdict::kDeny),
                Image("noise", Verdict::kUnmergeable)},
               PolicyOf(Mode::kPermissive), Host(), Covers());
  EXPECT_THAT(Names(plan.sysext), ElementsAre("bad", "good"));
  EXPECT_THAT(plan.violations, SizeIs(2));
  EXPECT_THAT(plan.sysext.hand_over.environment, SizeIs(1));
}

TEST(PlannerTest, ViolationsReactByOnViolation) {
  const std::vector<DecidedImage> images = {Image("good", Verdict::kAllow),
                                            Image("bad", Verdict::kDeny)};
  const Plan skip_all =
      MakePlan(images, PolicyOf(Mode::kEnforcing, OnViolation::kSkipAll),
               Host(), Covers());
  EXPECT_THAT(skip_all.sysext.set, IsEmpty());
  EXPECT_FALSE(skip_all.fail_boot);
  const Plan fail =
      MakePlan(images, PolicyOf(Mode::kEnforcing, OnViolation::kFailBoot),
               Host(), Covers());
  EXPECT_THAT(fail.sysext.set, IsEmpty());
  EXPECT_TRUE(fail.fail_boot);
}

TEST(PlannerTest, AnExcusedDenialIsStagedAndNoViolation) {
  DecidedImage excused = Image("k3s", Verdict::kDeny);
  excused.decision.excuse =
      Excuse{{{"a", std::nullopt}}, Verdict::kAllow, "", {}};
  for (OnViolation reaction : {OnViolation::kSkip, OnViolation::kFailBoot}) {
    const Plan plan = MakePlan({excused}, PolicyOf(Mode::kEnforcing, reaction),
                               Host(), Covers());
    EXPECT_THAT(Actions(plan), ElementsAre(Action::kStage));
    EXPECT_THAT(plan.violations, IsEmpty());
    EXPECT_FALSE(plan.fail_boot);
    ASSERT_FALSE(plan.diagnostics.empty());
    EXPECT_EQ(plan.diagnostics[0].code, DiagnosticCode::kExcused);
    EXPECT_THAT(plan.diagnostics[0].message,
                HasSubstr("(signer-untrusted: a stranger), but for rule `a`"));
  }
}

TEST(PlannerTest, AnExcusedImageIsNeitherMaskedNorCovered) {
  DecidedImage searched = Image("k3s", Verdict::kDeny, Place::kSearched);
  DecidedImage overriding = Image("rke", Verdict::kDeny, Place::kOverriding);
  const CompiledPolicy policy = PolicyOf(Mode::kEnforcing);
  EXPECT_EQ(CoversNeeded({overriding}, policy), kEtc);
  overriding.decision.excuse =
      Excuse{{{"a", std::nullopt}}, Verdict::kAllow, "", {}};
  searched.decision.excuse = overriding.decision.excuse;
  EXPECT_EQ(CoversNeeded({overriding}, policy), Covers());
  const Plan plan = MakePlan({searched, overriding}, policy, Host(), Covers());
  EXPECT_THAT(Actions(plan), ElementsAre(Action::kStage, Action::kLeave));
  EXPECT_THAT(plan.violations, IsEmpty());
}

TEST(PlannerTest, PermissiveNeverFailsTheBootNorLosesAnImage) {
  const Plan plan = MakePlan(
      {Image("good", Verdict::kAllow), Image("bad", Verdict::kDeny)},
      PolicyOf(Mode::kPermissive, OnViolation::kFailBoot), Host(), Covers());
  EXPECT_FALSE(plan.fail_boot);
  EXPECT_THAT(plan.sysext.set, SizeIs(2));
}

TEST(PlannerTest, UnreadableAndNotApplicableAreNoViolations) {
  const Plan plan = MakePlan(
      {Image("good", Verdict::kAllow), Image("gone", Verdict::kUnreadable),
       Image("other", Verdict::kNotApplicable)},
      PolicyOf(Mode::kEnforcing, OnViolation::kFailBoot), Host(), Covers());
  EXPECT_THAT(plan.violations, IsEmpty());
  EXPECT_FALSE(plan.fail_boot);
  EXPECT_THAT(Names(plan.sysext), ElementsAre("good"));
}

TEST(PlannerTest, FirstStageableOfANameWinsAndADeniedOneDoesNotHideIt) {
  DecidedImage denied = Image("k3s", Verdict::kDeny);
  DecidedImage good = Image("k3s", Verdict::kAllow);
  good.candidate.path = "/later/k3s.raw";
  good.address = "good-address";
  DecidedImage third = Image("k3s", Verdict::kAllow);
  const Plan plan = MakePlan({denied, good, third}, PolicyOf(Mode::kEnforcing),
                             Host(), Covers());
  EXPECT_THAT(Actions(plan),
              ElementsAre(Action::kWithhold, Action::kStage, Action::kLeave));
  ASSERT_THAT(plan.sysext.set, SizeIs(1));
  EXPECT_EQ(plan.sysext.set[0].target, "good-address");
  ASSERT_FALSE(plan.diagnostics.empty());
  EXPECT_EQ(plan.diagnostics[0].code, DiagnosticCode::kShadowed);
}

TEST(PlannerTest, SearchedPlacesAreMaskedWhereTheyMustNotMerge) {
  const std::vector<DecidedImage> images = {
      Image("denied", Verdict::kDeny, Place::kSearched),
      Image("noise", Verdict::kUnmergeable, Place::kSearched),
      Image("other", Verdict::kNotApplicable, Place::kSearched)};
  const Plan enforcing =
      MakePlan(images, PolicyOf(Mode::kEnforcing), Host(), Covers());
  EXPECT_THAT(Actions(enforcing),
              ElementsAre(Action::kMask, Action::kMask, Action::kLeave));
  const Plan permissive =
      MakePlan(images, PolicyOf(Mode::kPermissive), Host(), Covers());
  EXPECT_THAT(Actions(permissive),
              ElementsAre(Action::kStage, Action::kMask, Action::kLeave));
  EXPECT_EQ(permissive.sysext.set[1].kind, SetEntry::Kind::kMask);
}

// Systemd 252 calls `evil.sysext.raw` by all of it but the last suffix.
TEST(PlannerTest, MasksCarryTheNameThatSystemdGives) {
  HostFacts old = Host();
  old.systemd_version = 252;
  DecidedImage evil = Image("evil", Verdict::kDeny, Place::kSearched);
  evil.candidate.file_name = "evil.sysext.raw";
  DecidedImage good = Image("good", Verdict::kAllow, Place::kSearched);
  good.candidate.file_name = "good.sysext.raw";
  // `evil` on offer does not hide `evil.sysext`.
  const DecidedImage offered = Image("evil", Verdict::kAllow);
  const std::vector<DecidedImage> images = {offered, evil, good};
  const Plan plan = MakePlan(images, PolicyOf(Mode::kEnforcing), old, Covers());
  EXPECT_THAT(Actions(plan),
              ElementsAre(Action::kStage, Action::kMask, Action::kStage));
  EXPECT_THAT(Names(plan.sysext),
              ElementsAre("evil", "evil.sysext", "good", "good.sysext"));
  const Plan now =
      MakePlan(images, PolicyOf(Mode::kEnforcing), Host(), Covers());
  EXPECT_THAT(Names(now.sysext), ElementsAre("evil", "good"));
}

TEST(PlannerTest, MaskNeverHidesAStagedImageOfThatName) {
  const Plan plan = MakePlan({Image("k3s", Verdict::kAllow),
                              Image("k3s", Verdict::kDeny, Place::kSearched)},
                             PolicyOf(Mode::kEnforcing), Host(), Covers());
  EXPECT_THAT(Actions(plan), ElementsAre(Action::kStage, Action::kLeave));
  EXPECT_THAT(plan.sysext.set, SizeIs(1));
}

TEST(PlannerTest, NoSpaceCostsThatImageOnly) {
  DecidedImage big = Image("big", Verdict::kAllow);
  big.obstacle = "no space";
  big.address.clear();
  const Plan plan = MakePlan({big, Image("good", Verdict::kAllow)},
                             PolicyOf(Mode::kEnforcing), Host(), Covers());
  EXPECT_THAT(Actions(plan), ElementsAre(Action::kWithhold, Action::kStage));
  EXPECT_THAT(plan.violations, IsEmpty());
}

TEST(PlannerTest, NoSpaceForASearchedImageLeavesItOnlyInPermissive) {
  DecidedImage big = Image("big", Verdict::kAllow, Place::kSearched);
  big.obstacle = "no space";
  EXPECT_THAT(
      Actions(MakePlan({big}, PolicyOf(Mode::kEnforcing), Host(), Covers())),
      ElementsAre(Action::kMask));
  EXPECT_THAT(
      Actions(MakePlan({big}, PolicyOf(Mode::kPermissive), Host(), Covers())),
      ElementsAre(Action::kLeave));
}

TEST(PlannerTest, WhatIsMaskedIsLeftAndNoViolation) {
  for (Mode mode : {Mode::kDisabled, Mode::kPermissive, Mode::kEnforcing}) {
    for (Verdict verdict : {Verdict::kAllow, Verdict::kDeny,
                            Verdict::kUnmergeable, Verdict::kUnreadable}) {
      DecidedImage image = Image("a", verdict);
      image.candidate.masked_by = "/etc/extensions/a";
      const Plan plan = MakePlan(
          {image}, PolicyOf(mode, OnViolation::kFailBoot), Host(), Covers());
      EXPECT_THAT(Actions(plan), ElementsAre(Action::kLeave));
      EXPECT_THAT(plan.sysext.set, IsEmpty());
      EXPECT_THAT(plan.violations, IsEmpty());
      EXPECT_FALSE(plan.fail_boot);
      EXPECT_FALSE(plan.images[0].enforcement.has_value());
      ASSERT_THAT(plan.diagnostics, SizeIs(1));
      EXPECT_EQ(plan.diagnostics[0].code, DiagnosticCode::kShadowed);
      EXPECT_THAT(plan.diagnostics[0].message,
                  HasSubstr("`/etc/extensions/a` masks that name"));
    }
  }
}

TEST(PlannerTest, AMaskOutlastsACoverOverIt) {
  DecidedImage image = Image("a", Verdict::kAllow, Place::kSearched);
  image.candidate.masked_by = "/etc/extensions/a";
  const Plan plan =
      MakePlan({image}, PolicyOf(Mode::kPermissive), Host(), kEtc);
  EXPECT_THAT(Actions(plan), ElementsAre(Action::kLeave));
  EXPECT_THAT(plan.sysext.set,
              ElementsAre(SetEntry{SetEntry::Kind::kMask, "a", ""}));
}

TEST(PlannerTest, WhatLiesBeforeTheSetHidesWhatIsCalledSo) {
  const std::vector<DecidedImage> images = {
      Image("a", Verdict::kAllow), Image("b", Verdict::kAllow),
      Image("a", Verdict::kAllow, Place::kOverriding)};
  const Plan plan =
      MakePlan(images, PolicyOf(Mode::kEnforcing), Host(), Covers());
  EXPECT_THAT(Actions(plan),
              ElementsAre(Action::kLeave, Action::kStage, Action::kLeave));
  EXPECT_THAT(Names(plan.sysext), ElementsAre("b"));
  EXPECT_TRUE(plan.images[2].enforcement.has_value());
  EXPECT_FALSE(plan.images[0].enforcement.has_value());
  // With a cover the first that may be staged is the one.
  EXPECT_THAT(
      Actions(MakePlan(images, PolicyOf(Mode::kEnforcing), Host(), kEtc)),
      ElementsAre(Action::kStage, Action::kStage, Action::kLeave));
}

TEST(PlannerTest, AMaskIsCalledWhatSystemdTakesForTheName) {
  for (const char* name : {"a.sysext", "a.v", "a.mstack"}) {
    const Plan plan = MakePlan({Image(name, Verdict::kDeny, Place::kSearched),
                                Image(name, Verdict::kAllow)},
                               PolicyOf(Mode::kEnforcing), Host(), Covers());
    const std::string longer = std::string(name) + ".sysext";
    if (std::string(name) == "a.sysext") {
      // `a.sysext.raw` is called `a`.
      EXPECT_THAT(Names(plan.sysext), ElementsAre("a", longer));
    } else {
      EXPECT_THAT(Names(plan.sysext), ElementsAre(longer));
      EXPECT_EQ(plan.sysext.set[0].kind, SetEntry::Kind::kImage);
    }
    EXPECT_THAT(Names(MakePlan({Image(name, Verdict::kDeny, Place::kSearched)},
                               PolicyOf(Mode::kEnforcing), Host(), Covers())
                          .sysext),
                ElementsAre(std::string(name) == "a.sysext" ? "a" : longer));
  }
}

TEST(PlannerTest, ABlockDeviceIsMaskedByItsWholeName) {
  DecidedImage disk = Image("", Verdict::kUnreadable, Place::kSearched);
  disk.candidate.file_name = "disk.raw";
  disk.candidate.block_device = true;
  const Plan plan =
      MakePlan({disk}, PolicyOf(Mode::kEnforcing), Host(), Covers());
  EXPECT_THAT(Actions(plan), ElementsAre(Action::kMask));
  EXPECT_THAT(Names(plan.sysext), ElementsAre("disk.raw"));
}

TEST(PlannerTest, ADeniedImageThatOverridesIsABypass) {
  const Plan plan = MakePlan({Image("bad", Verdict::kDeny, Place::kOverriding)},
                             PolicyOf(Mode::kEnforcing), Host(), Covers());
  EXPECT_THAT(Actions(plan), ElementsAre(Action::kLeave));
  ASSERT_THAT(plan.violations, SizeIs(2));
  EXPECT_EQ(plan.violations[1].code, ReasonCode::kBypass);
  const Plan allowed =
      MakePlan({Image("ok", Verdict::kAllow, Place::kOverriding)},
               PolicyOf(Mode::kEnforcing), Host(), Covers());
  EXPECT_THAT(allowed.violations, IsEmpty());
}

TEST(PlannerTest, ACoverNeedsSomethingThatMustNotMerge) {
  for (Verdict verdict :
       {Verdict::kDeny, Verdict::kUnmergeable, Verdict::kUnreadable}) {
    const std::vector<DecidedImage> images = {
        Image("ok", Verdict::kAllow, Place::kOverriding),
        Image("bad", verdict, Place::kOverriding)};
    EXPECT_EQ(CoversNeeded(images, PolicyOf(Mode::kEnforcing)), kEtc);
    EXPECT_EQ(CoversNeeded(images, PolicyOf(Mode::kPermissive)),
              verdict == Verdict::kUnmergeable ? kEtc : Covers());
    EXPECT_EQ(CoversNeeded(images, PolicyOf(Mode::kDisabled)), Covers());
  }
  for (Place place : {Place::kOffered, Place::kForeign, Place::kSearched}) {
    EXPECT_EQ(CoversNeeded({Image("bad", Verdict::kDeny, place)},
                           PolicyOf(Mode::kEnforcing)),
              Covers());
  }
  for (Verdict verdict : {Verdict::kAllow, Verdict::kNotApplicable}) {
    EXPECT_EQ(CoversNeeded({Image("ok", verdict, Place::kOverriding)},
                           PolicyOf(Mode::kEnforcing)),
              Covers());
  }
}

TEST(PlannerTest, BelowACoverImagesAreStagedLikeAnyOthers) {
  const Plan plan = MakePlan({Image("ok", Verdict::kAllow, Place::kOverriding),
                              Image("bad", Verdict::kDeny, Place::kOverriding)},
                             PolicyOf(Mode::kEnforcing), Host(), kEtc);
  EXPECT_THAT(Actions(plan), ElementsAre(Action::kStage, Action::kWithhold));
  EXPECT_THAT(Names(plan.sysext), ElementsAre("ok"));
  ASSERT_THAT(plan.violations, SizeIs(1));
  EXPECT_EQ(plan.violations[0].code, ReasonCode::kSignerUntrusted);
}

TEST(PlannerTest, AnImageOfAnotherEntryIsKeptFromSystemd) {
  for (Place place : {Place::kSearched, Place::kOverriding}) {
    DecidedImage image = Image("rec", Verdict::kNotApplicable, place);
    image.decision.reasons = {{ReasonCode::kWrongEntry, "of recovery"}};
    for (Mode mode : {Mode::kPermissive, Mode::kEnforcing}) {
      const CompiledPolicy policy = PolicyOf(mode);
      const Covers cover = CoversNeeded({image}, policy);
      const Plan plan = MakePlan({image}, policy, Host(), cover);
      if (place == Place::kOverriding) {
        EXPECT_EQ(cover, kEtc);
        EXPECT_THAT(Actions(plan), ElementsAre(Action::kWithhold));
      } else {
        EXPECT_EQ(cover, Covers());
        EXPECT_THAT(Actions(plan), ElementsAre(Action::kMask));
      }
      EXPECT_THAT(plan.violations, IsEmpty());
    }
    EXPECT_EQ(CoversNeeded({image}, PolicyOf(Mode::kDisabled)), Covers());
    EXPECT_THAT(
        Actions(MakePlan({image}, PolicyOf(Mode::kDisabled), Host(), Covers())),
        ElementsAre(Action::kLeave));
  }
}

TEST(PlannerTest, DisabledSaysNothingToSystemd) {
  const Plan plan = MakePlan({Image("any", Verdict::kUnchecked)},
                             PolicyOf(Mode::kDisabled), Host(), Covers());
  EXPECT_EQ(plan.sysext.hand_over, HandOver{});
  EXPECT_THAT(plan.certificates, IsEmpty());
  EXPECT_THAT(Names(plan.sysext), ElementsAre("any"));
}

TEST(PlannerTest, OnlyCertificatesOfStagedImagesAreHandedOver) {
  const auto fingerprint = [](char digit) {
    return *Fingerprint::Parse(std::string(64, digit));
  };
  DecidedImage good = Image("good", Verdict::kAllow);
  good.standing.signers = {{"CN=db", "", fingerprint('a'), true, false, ""}};
  DecidedImage bad = Image("bad", Verdict::kDeny);
  bad.standing.signers = {{"CN=x", "", fingerprint('b'), false, false, ""}};
  EXPECT_THAT(
      MakePlan({good, bad}, PolicyOf(Mode::kEnforcing), Host(), Covers())
          .certificates,
      ElementsAre(fingerprint('a')));
}

TEST(PlannerTest, KernelKeysOnlyWithholdsWhatWouldTakeTheOthersDown) {
  HostFacts host = Host();
  host.verity_requires_kernel_key = true;
  const Plan plan = MakePlan(
      {Image("good", Verdict::kAllow), Image("stranger", Verdict::kDeny)},
      PolicyOf(Mode::kPermissive), host, Covers());
  EXPECT_THAT(Actions(plan), ElementsAre(Action::kStage, Action::kWithhold));
  EXPECT_EQ(plan.diagnostics[0].code, DiagnosticCode::kVerityNeedsKernelKey);
}

TEST(PlannerTest, ConfextsHaveASetOfTheirOwn) {
  DecidedImage confext = Image("etc", Verdict::kAllow);
  confext.candidate.image_class = ImageClass::kConfext;
  const Plan plan = MakePlan({confext, Image("etc", Verdict::kAllow)},
                             PolicyOf(Mode::kEnforcing), Host(), Covers());
  EXPECT_THAT(Names(plan.confext), ElementsAre("etc"));
  EXPECT_THAT(Names(plan.sysext), ElementsAre("etc"));
}

TEST(PlannerTest, NamelessFilesAreNeverStaged) {
  DecidedImage nameless = Image("", Verdict::kDeny);
  EXPECT_THAT(Actions(MakePlan({nameless}, PolicyOf(Mode::kPermissive), Host(),
                               Covers())),
              ElementsAre(Action::kWithhold));
}

}  // namespace
}  // namespace extgate
