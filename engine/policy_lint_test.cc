#include "engine/policy_lint.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "engine/last_good_policy.h"
#include "engine/lint_codec.h"
#include "engine/testing/fake_host.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using Code = DiagnosticCode;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr SystemdRange kAll = {kOldestSystemd, kNewestSystemd};

std::vector<Code> Codes(const PolicyLint& lint) {
  std::vector<Code> codes;
  for (const Finding& finding : lint.findings) {
    codes.push_back(finding.diagnostic.code);
  }
  return codes;
}

PolicyText File(std::string path, std::string text,
                SourceKind kind = SourceKind::kPolicyFile) {
  return {std::move(path), Authority::kVendor, kind, std::move(text)};
}

TEST(PolicyLintTest, SourcesAreLintedTogether) {
  FakeHost host;
  host.policy_texts = {
      File("a.yaml",
           "extension_policy:\n  rules:\n    - id: no\n      match: {name: "
           "[\"k*\"]}\n      verdict: deny\n"),
      File("b.yaml",
           "extension_policy:\n  rules:\n    - id: yes\n      match: {name: "
           "[k3s]}\n      verdict: allow\n")};
  const PolicyLint lint = LintPolicies(host.ports(), kAll);
  EXPECT_THAT(Codes(lint), Contains(Code::kHiddenRule));
  for (const Finding& finding : lint.findings) {
    if (finding.diagnostic.code != Code::kHiddenRule) continue;
    EXPECT_EQ(ToString(finding.diagnostic.span), "b.yaml:3:11");
    EXPECT_THAT(finding.diagnostic.message, HasSubstr("(a.yaml:3:11)"));
  }
}

TEST(PolicyLintTest, ErrorsOfOneSourceAndFindingsOfAnotherComeTogether) {
  FakeHost host;
  host.policy_texts = {
      File("a.yaml", "extension_policy: {mode: loud, trust: {}}\n"),
      File("b.yaml", "extension_policy: {trust: {efi: [db, MOK]}}\n")};
  const PolicyLint lint = LintPolicies(host.ports(), kAll);
  EXPECT_THAT(Codes(lint), Contains(Code::kUnknownValue));
  EXPECT_THAT(Codes(lint), Contains(Code::kTrustBeyondDb));
  EXPECT_THAT(Codes(lint), Not(Contains(Code::kPolicyInvalid)));
  EXPECT_TRUE(HasErrors(lint.findings));
}

// As in a boot, where a clock that was reset extends nothing.
TEST(PolicyLintTest, UntilIsHeldAgainstTheLastTimeSeenToo) {
  FakeHost host;
  host.facts.date = *UtcTime::Parse("2027-01-01");
  host.policy_texts = {
      File("a.yaml",
           "extension_policy: {rules: [{id: no, match: {name: [k3s]}, verdict: "
           "deny, mode: permissive, until: 2027-03-01}]}\n")};
  EXPECT_THAT(Codes(LintPolicies(host.ports(), kAll)),
              Not(Contains(Code::kUntilOver)));
  host.state["last-seen"] = "2027-03-02\n";
  EXPECT_THAT(Codes(LintPolicies(host.ports(), kAll)),
              Contains(Code::kUntilOver));
}

// A floor on the command line takes from a local source what lint would find.
TEST(PolicyLintTest, TheCommandLineHasItsPart) {
  FakeHost host;
  host.policy_texts = {
      File("a.yaml", "extension_policy: {trust: {verity_d: all}}\n")};
  host.policy_texts[0].authority = Authority::kLocal;
  EXPECT_THAT(Codes(LintPolicies(host.ports(), kAll)),
              Contains(Code::kTrustBeyondDb));
  host.command_line = "quiet extgate.mode_floor=enforcing";
  host.command_line_authority = Authority::kCmdline;
  const std::vector<Code> codes = Codes(LintPolicies(host.ports(), kAll));
  EXPECT_THAT(codes, Contains(Code::kNotAuthorised));
  EXPECT_THAT(codes, Not(Contains(Code::kTrustBeyondDb)));
  host.replaces_discovery = true;
  EXPECT_THAT(Codes(LintPolicies(host.ports(), kAll)),
              Contains(Code::kTrustBeyondDb));
}

TEST(PolicyLintTest, WhatStandsInForASourceHasItsPart) {
  const std::string kept =
      "extension_policy:\n  rules:\n    - id: no\n      match: {name: "
      "[\"k*\"]}\n      verdict: deny\n";
  FakeHost host;
  host.policy_texts = {
      File("a.yaml", "extension_policy: [\n"),
      File("b.yaml",
           "extension_policy:\n  rules:\n    - id: yes\n      match: {name: "
           "[k3s]}\n      verdict: allow\n")};
  EXPECT_THAT(Codes(LintPolicies(host.ports(), kAll)),
              Not(Contains(Code::kHiddenRule)));
  ASSERT_TRUE(KeepLastGood({{"a.yaml", kept}}, {}, host.ports().state).ok());
  const PolicyLint lint = LintPolicies(host.ports(), kAll);
  EXPECT_THAT(Codes(lint), Contains(Code::kHiddenRule));
  for (const Finding& finding : lint.findings) {
    if (finding.diagnostic.code == Code::kHiddenRule) {
      EXPECT_EQ(ToString(finding.diagnostic.span), "b.yaml:3:11");
      EXPECT_THAT(finding.diagnostic.message,
                  HasSubstr("(a.yaml (last good):3:11)"));
    }
    if (finding.diagnostic.code == Code::kPolicyStandIn) {
      EXPECT_THAT(finding.diagnostic.help, HasSubstr("what is written now"));
    }
  }
  // What is mended counts as it is written.
  host.policy_texts[0].text = "extension_policy: {rules: []}\n";
  EXPECT_THAT(Codes(LintPolicies(host.ports(), kAll)),
              Not(Contains(Code::kHiddenRule)));
}

TEST(PolicyLintTest, ByPlaceWithinASource) {
  FakeHost host;
  host.replaces_discovery = true;
  host.policy_texts = {File(
      "a.yaml",
      "extension_policy:\n  trust: {verity_d: all}\n  image_policy: "
      "root=verity+signed+absent\n  rules:\n    - {id: r, match: {name: [a/b, "
      "c]}, verdict: deny}\n")};
  EXPECT_THAT(Codes(LintPolicies(host.ports(), kAll)),
              ElementsAre(Code::kTrustBeyondDb, Code::kWeakImagePolicy,
                          Code::kMatchesNothing, Code::kEvadableDeny));
}

TEST(PolicyLintTest, ACloudConfigThatIsNamedIsALocalSource) {
  FakeHost host;
  host.replaces_discovery = true;
  const char kText[] = "extension_policy: {mode_floor: enforcing}\n";
  host.policy_texts = {File("a.yaml", kText)};
  EXPECT_THAT(Codes(LintPolicies(host.ports(), kAll)), ElementsAre());
  host.policy_texts = {File("a.yaml", kText, SourceKind::kCloudConfig)};
  EXPECT_THAT(Codes(LintPolicies(host.ports(), kAll)),
              ElementsAre(Code::kNotAuthorised));
}

TEST(PolicyLintTest, WhatAMachineLacksIsNotSaidOfFiles) {
  FakeHost host;
  host.policy_texts = {File("a.yaml",
                            "extension_policy:\n  trust:\n    files: "
                            "[/etc/acme.crt]\n")};
  const PolicyLint here = LintPolicies(host.ports(), kAll);
  EXPECT_THAT(Codes(here), Contains(Code::kEfiUntrusted));
  EXPECT_TRUE(HasErrors(here.findings));
  host.replaces_discovery = true;
  const PolicyLint named = LintPolicies(host.ports(), kAll);
  EXPECT_THAT(Codes(named), ElementsAre(Code::kFileUnreadable));
  EXPECT_FALSE(HasErrors(named.findings));
}

TEST(PolicyLintTest, TheDayIsTheHosts) {
  FakeHost host;
  host.facts.date = UtcTime::Parse("2026-11-22").value();
  host.replaces_discovery = true;
  host.policy_texts = {File(
      "a.yaml",
      "extension_policy:\n  rules:\n    - {id: r, match: {signer: "
      "[\"sha256:4e3a4e3a4e3a4e3a4e3a4e3a4e3a4e3a4e3a4e3a4e3a4e3a4e3a4e3a4e3a"
      "4e3a\"]}, verdict: deny, mode: permissive, until: 2026-12-01}\n")};
  EXPECT_THAT(Codes(LintPolicies(host.ports(), kAll)),
              Contains(Code::kUntilSoon));
}

TEST(LintCodecTest, JsonHasPlaceExampleAndSnippet) {
  FakeHost host;
  host.replaces_discovery = true;
  host.policy_texts = {
      File("a.yaml",
           "extension_policy: {image_policy: root=verity+signed+absent}\n")};
  const std::string json = LintToJson(LintPolicies(host.ports(), {262, 262}));
  for (const char* part :
       {"\"systemd\": \"262\"", "\"code\": \"weak-image-policy\"",
        "\"line\": 1", "\"column\": 34", "\"warnings\": 1", "\"errors\": 0",
        "a hash tree, no signature (by itself merged by systemd 262)",
        "^\\n\""}) {
    EXPECT_THAT(json, HasSubstr(part));
  }
}

TEST(LintCodecTest, SarifEscapesWhatPathsAndMessagesHold) {
  PolicyLint lint;
  lint.findings = {{{Code::kUnknownKey,
                     Severity::kError,
                     {"/oem/ä b\".yaml", 3, 7},
                     "a \"quote\", a \\ and\na line",
                     ""},
                    ""},
                   {{Code::kLockOut, Severity::kNote, {}, "nobody", ""}, ""}};
  const std::string sarif = LintToSarif(lint);
  EXPECT_THAT(sarif, HasSubstr("\"uri\": \"file:///oem/%C3%A4%20b%22.yaml\"}, "
                               "\"region\": {\"startLine\": 3, "
                               "\"startColumn\": 7}"));
  EXPECT_THAT(sarif,
              HasSubstr(R"({"text": "a \"quote\", a \\ and\\na line"})"));
  EXPECT_THAT(sarif, HasSubstr("\"ruleIndex\": 1, \"level\": \"note\", "
                               "\"message\": {\"text\": \"nobody\"}, "
                               "\"locations\": []"));
}

}  // namespace
}  // namespace extgate
