#include "engine/required_images.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

DecidedImage Image(const std::string& name, Verdict verdict) {
  DecidedImage image;
  image.candidate.path = "/src/" + name + ".raw";
  image.facts.name = name;
  image.facts.container = Container::kBareFilesystem;
  image.address = name + "-address";
  image.decision.verdict = verdict;
  if (verdict == Verdict::kDeny) {
    image.decision.reasons = {{ReasonCode::kSignerUntrusted, "a stranger"}};
  }
  if (verdict == Verdict::kUnreadable) {
    image.facts.unreadable = "i/o";
    image.decision.reasons = {{ReasonCode::kUnreadable, "i/o"}};
  }
  return image;
}

HostFacts Host() {
  HostFacts host;
  host.systemd_version = 257;
  return host;
}

std::vector<std::string> Names(const ClassPlan& plan) {
  std::vector<std::string> names;
  for (const SetEntry& entry : plan.set) names.push_back(entry.name);
  return names;
}

CompiledPolicy PolicyRequiring(const std::string& name,
                               OnViolation on_violation) {
  CompiledPolicy policy;
  policy.mode = Mode::kEnforcing;
  policy.on_violation = on_violation;
  CompiledRule rule;
  rule.id = "r";
  rule.names = {*NamePattern::Parse(name)};
  rule.required = true;
  policy.rules = {rule};
  policy.required_rules = {0};
  return policy;
}

DecidedImage Required(DecidedImage image) {
  image.decision.required = {{"r", {}}};
  return image;
}

std::string Violations(const Plan& plan) {
  std::string text;
  for (const Violation& violation : plan.violations) {
    text += std::string(ToWord(violation.code)) + ": " + violation.detail;
  }
  return text;
}

TEST(RequiredImagesTest, ARequiredImageMustBeStaged) {
  const CompiledPolicy policy = PolicyRequiring("k3s", OnViolation::kFailBoot);
  const DecidedImage good = Required(Image("k3s", Verdict::kAllow));
  DecidedImage of_other_version = good;
  of_other_version.decision.required[0].unmet = {
      {ReasonCode::kVersionOutOfRange, "1 is not 2"}};
  DecidedImage masked = good;
  masked.candidate.masked_by = "/etc/extensions/k3s";
  DecidedImage before = Image("k3s", Verdict::kAllow);
  before.candidate.path = "/before/k3s.raw";
  const struct {
    const char* name;
    std::vector<DecidedImage> images;
    const char* want;  // part of the violations; "": none
  } kCases[] = {
      {"there", {good}, ""},
      {"there, beside others", {Image("a", Verdict::kAllow), good}, ""},
      {"of no version that is meant", {of_other_version}, "1 is not 2"},
      {"a second one is", {of_other_version, good}, "1 is not 2"},
      {"nothing", {}, "there is no image that it is about"},
      {"another", {Image("a", Verdict::kAllow)}, "there is no image"},
      {"denied", {Required(Image("k3s", Verdict::kDeny))}, "a stranger"},
      {"masked", {masked}, "`/etc/extensions/k3s` masks that name"},
      {"hidden by another of its name", {before, good}, "of its name is taken"},
  };
  for (const auto& c : kCases) {
    const Plan plan = MakePlan(c.images, policy, Host(), Covers());
    const std::string violations = Violations(plan);
    if (std::string(c.want).empty()) {
      EXPECT_EQ(violations, "") << c.name;
      EXPECT_FALSE(plan.fail_boot) << c.name;
      continue;
    }
    EXPECT_THAT(violations, HasSubstr("required-missing: rule `r` requires"))
        << c.name;
    EXPECT_THAT(violations, HasSubstr(c.want)) << c.name;
    EXPECT_TRUE(plan.fail_boot) << c.name;
    EXPECT_THAT(plan.sysext.set, IsEmpty()) << c.name;
  }
}

TEST(RequiredImagesTest, WhatIsLostToTheMachineFailsNoBoot) {
  const CompiledPolicy policy = PolicyRequiring("k3s", OnViolation::kFailBoot);
  DecidedImage no_space = Required(Image("k3s", Verdict::kAllow));
  no_space.obstacle = "no space is left";
  const DecidedImage gone = Image("k3s", Verdict::kUnreadable);
  for (const DecidedImage& lost : {no_space, gone}) {
    const Plan plan =
        MakePlan({lost, Image("a", Verdict::kAllow)}, policy, Host(), Covers());
    EXPECT_THAT(Violations(plan), HasSubstr("required-missing"));
    EXPECT_FALSE(plan.fail_boot);
    EXPECT_THAT(Names(plan.sysext), ElementsAre("a"));
  }
  // An unreadable one that the rule cannot be about excuses nothing.
  EXPECT_TRUE(
      MakePlan({Image("a", Verdict::kUnreadable)}, policy, Host(), Covers())
          .fail_boot);
}

TEST(RequiredImagesTest, ARequirementIsOfItsEntryArchitectureAndTime) {
  CompiledPolicy policy = PolicyRequiring("k3s", OnViolation::kFailBoot);
  HostFacts host = Host();
  host.entry = "recovery";
  host.architecture = Architecture::kX8664;
  EXPECT_THAT(MakePlan({}, policy, host, Covers()).violations, SizeIs(1));
  policy.rules[0].entries = {"active"};
  EXPECT_THAT(MakePlan({}, policy, host, Covers()).violations, IsEmpty());
  host.entry = "active";
  EXPECT_THAT(MakePlan({}, policy, host, Covers()).violations, SizeIs(1));
  policy.rules[0].architectures = {Architecture::kArm64};
  EXPECT_THAT(MakePlan({}, policy, host, Covers()).violations, IsEmpty());
  policy.rules[0].architectures.clear();
  policy.rules[0].permissive = true;
  const Plan plan = MakePlan({}, policy, host, Covers());
  EXPECT_THAT(plan.violations, IsEmpty());
  ASSERT_THAT(plan.diagnostics, SizeIs(1));
  EXPECT_EQ(plan.diagnostics[0].code, DiagnosticCode::kExcused);
  policy.rules[0].permissive = false;
  policy.mode = Mode::kPermissive;
  const Plan permissive = MakePlan({}, policy, host, Covers());
  EXPECT_THAT(permissive.violations, SizeIs(1));
  EXPECT_FALSE(permissive.fail_boot);
  policy.mode = Mode::kDisabled;
  EXPECT_THAT(MakePlan({}, policy, host, Covers()).violations, IsEmpty());
}

}  // namespace
}  // namespace extgate
