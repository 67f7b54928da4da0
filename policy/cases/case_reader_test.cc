#include "policy/cases/case_reader.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using testing::HasSubstr;

const UtcTime kToday = *UtcTime::Parse("2026-11-27");

std::vector<PolicyCase> MustRead(const std::string& text) {
  auto read = ReadCases(text, "c.yaml", kToday);
  for (const Diagnostic& diagnostic : read.diagnostics) {
    ADD_FAILURE() << ToString(diagnostic);
  }
  return read.value.value_or(std::vector<PolicyCase>());
}

std::string Problems(const std::string& text) {
  std::string problems;
  auto read = ReadCases(text, "c.yaml", kToday);
  EXPECT_FALSE(read.value.has_value()) << text;
  for (const Diagnostic& diagnostic : read.diagnostics) {
    absl::StrAppend(&problems, ToString(diagnostic), "\n");
  }
  return problems;
}

constexpr char kTwo[] = R"(policy: policy.yaml
trust: [vendor.crt]
host: {os_release: {ID: debian, VERSION_ID: "13"}, systemd: 257, entry: active}
mode: enforcing
cases:
  - name: first
    facts: good.json
    want: {verdict: allow, rule: default, reasons: [], action: stage}
  - name: second
    policy:
      extension_policy:
        default: deny   # of this case
    facts: {name: x, size: 12, has_os_release: false, salt: "true"}
    host: {architecture: arm64, initrd: true, date: 2027-01-31,
           hierarchies: [/usr/bin, /opt]}
    mode: permissive
    want:
      verdict: deny
      reasons: [no-matching-rule, unsigned]
)";

TEST(ReadCases, WhatTheFileSaysStandsForEachCase) {
  const std::vector<PolicyCase> cases = MustRead(kTwo);
  ASSERT_EQ(cases.size(), 2u);
  const PolicyCase& first = cases[0];
  EXPECT_EQ(first.name.value, "first");
  EXPECT_EQ(ToString(first.name.span), "c.yaml:6:11");
  EXPECT_EQ(first.policy.kind, CaseText::Kind::kPath);
  EXPECT_EQ(first.policy.text, "policy.yaml");
  EXPECT_EQ(first.facts.text, "good.json");
  ASSERT_EQ(first.trust.size(), 1u);
  EXPECT_EQ(first.trust[0].value, "vendor.crt");
  EXPECT_EQ(first.host.os_release.at("VERSION_ID"), "13");
  EXPECT_EQ(first.host.systemd_version, 257);
  EXPECT_EQ(first.host.entry, "active");
  EXPECT_EQ(first.host.architecture, Architecture::kX8664);
  EXPECT_EQ(first.host.date, kToday);
  EXPECT_EQ(first.mode, Mode::kEnforcing);
  EXPECT_EQ(first.want.verdict->value, Verdict::kAllow);
  EXPECT_EQ(first.want.rule->value, "default");
  EXPECT_TRUE(first.want.reasons->value.empty());
  EXPECT_EQ(first.want.action->value, Action::kStage);
}

TEST(ReadCases, ACaseSaysOtherwise) {
  const PolicyCase second = MustRead(kTwo)[1];
  EXPECT_EQ(second.host.architecture, Architecture::kArm64);
  EXPECT_TRUE(second.host.initrd);
  EXPECT_EQ(second.host.hierarchies.sysext,
            (std::vector<std::string>{"/usr/bin", "/opt"}));
  EXPECT_EQ(second.host.date, *UtcTime::Parse("2027-01-31"));
  EXPECT_EQ(second.host.systemd_version, 257);
  EXPECT_EQ(second.mode, Mode::kPermissive);
  EXPECT_EQ(second.want.reasons->value.size(), 2u);
  EXPECT_FALSE(second.want.rule.has_value());
}

TEST(ReadCases, InlineFactsAreJson) {
  EXPECT_EQ(MustRead(kTwo)[1].facts.text,
            R"({"name":"x","size":"12","has_os_release":false,"salt":"true"})");
}

TEST(ReadCases, AnInlinePolicyKeepsItsPlaces) {
  EXPECT_EQ(MustRead(kTwo)[1].policy.text,
            absl::StrCat(std::string(10, '\n'),
                         "      extension_policy:\n"
                         "        default: deny   # of this case\n"));
  const std::string flow =
      "cases:\n"
      "  - facts: f\n"
      "    want: {rule: a}\n"
      "    name: \xc3\xbc\n"
      "    policy: {extension_policy: {}}\n";
  EXPECT_EQ(MustRead(flow)[0].policy.text,
            absl::StrCat(std::string(4, '\n'), std::string(12, ' '),
                         "{extension_policy: {}}\n"));
}

TEST(ReadCases, PassesOverPolicies) {
  for (const char* text :
       {"extension_policy: {}\n", "#cloud-config\nusers: []\n",
        "extension_policy: {moode: x}\n"}) {
    auto read = ReadCases(text, "p.yaml", kToday);
    EXPECT_FALSE(read.value.has_value()) << text;
    EXPECT_TRUE(read.diagnostics.empty()) << text;
  }
}

TEST(ReadCases, SaysWhereWhatIsWrong) {
  struct Bad {
    std::string text;
    std::string says;
  };
  const std::string head = "policy: p\ncases:\n  - name: a\n    facts: f\n";
  const Bad bad[] = {
      {"case: []\n", "c.yaml:1:1: error: "},
      {"policy: p\n", "c.yaml:1:1: error: a file of cases has no `cases`"},
      {"cases: 3\n", "c.yaml:1:8: error: "},
      {"cases: [x]\n", "c.yaml:1:9: error: "},
      {"cases:\n  - {name: a, facts: f, want: {rule: x}}\n",
       "a case has no `policy`"},
      {"policy: p\ncases:\n  - {name: a, want: {rule: x}}\n",
       "c.yaml:3:5: error: a case has no `facts`"},
      {"policy: p\ncases:\n  - {facts: a, want: {rule: x}}\n",
       "a case has no `name`"},
      {head, "a case has no `want`"},
      {head + "    want: {}\n", "c.yaml:5:11: error: `want` wants nothing"},
      {head + "    want: {verdict: alow}\n", "did you mean `allow`"},
      {head + "    want: {reasons: [unsinged]}\n", "did you mean `unsigned`"},
      {head + "    want: {action: x}\n", "c.yaml:5:20: error: "},
      {head + "    wants: {action: stage}\n", "did you mean `want`"},
      {head + "    want: {rule: a}\n    host: {systemd: new}\n",
       "c.yaml:6:21: error: `systemd` is not a version"},
      {head + "    want: {rule: a}\n    host: {date: soon}\n",
       "c.yaml:6:18: error: "},
      {head + "    want: {rule: a}\n    host: {initrd: 3}\n",
       "c.yaml:6:20: error: "},
      {head + "    want: {rule: a}\n    host: {hierarchies: [usr]}\n",
       "c.yaml:6:25: error: `hierarchies`: `usr` is not absolute"},
      {head + "    want: {rule: &a a}\n", "an anchor is not allowed"},
      {head + "    name: b\n", "c.yaml:5:5: error: "},
      {"cases: [\n", "yaml-syntax"},
  };
  for (const Bad& one : bad) {
    EXPECT_THAT(Problems(one.text), HasSubstr(one.says)) << one.text;
  }
}

}  // namespace
}  // namespace extgate
