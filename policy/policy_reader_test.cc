// What is read, and where it was written; what is said about broken policies
// is in policy_golden_test.
#include "policy/policy_reader.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "policy/diagnostic.h"
#include "policy/policy.h"

namespace extgate {
namespace {

WithDiagnostics<std::optional<Policy>> ReadFile(absl::string_view text) {
  return ReadPolicyText(text, "p.yaml", SourceKind::kPolicyFile);
}

WithDiagnostics<std::optional<Policy>> ReadCloudConfig(absl::string_view text) {
  return ReadPolicyText(text, "c.yaml", SourceKind::kCloudConfig);
}

// The policy of a text that must be without fault.
Policy MustRead(absl::string_view text) {
  const auto read = ReadFile(text);
  for (const Diagnostic& diagnostic : read.diagnostics) {
    ADD_FAILURE() << ToString(diagnostic);
  }
  EXPECT_TRUE(read.value.has_value()) << text;
  return read.value.value_or(Policy());
}

TEST(PolicyReaderTest, AnEmptyPolicyHasTheBuiltInDefaults) {
  const Policy policy = MustRead("extension_policy: {}");
  EXPECT_EQ(policy, Policy());
  EXPECT_EQ(policy.ModeOrDefault(), Mode::kPermissive);
  EXPECT_EQ(policy.OnViolationOrDefault(), OnViolation::kSkip);
  EXPECT_EQ(policy.UnmergeableOrDefault(), Unmergeable::kWithhold);
  EXPECT_EQ(policy.ImagePolicyOrDefault(), ImagePolicy::Strict());
  EXPECT_EQ(policy.DefaultOrDefault(), RuleVerdict::kAllow);
  EXPECT_EQ(policy.StagingOrDefault(), Staging::kAuto);
  EXPECT_EQ(policy.MergeTimeoutOrDefault().ToString(), "90s");
  EXPECT_EQ(policy.FailableEntriesOrDefault(),
            std::vector<std::string>{"active"});
  EXPECT_EQ(policy.FailWhenOrDefault(), FailWhen::kNow);
  EXPECT_EQ(policy.FailFallbackOrDefault(), FailFallback::kWithhold);
}

TEST(PolicyReaderTest, Scalars) {
  const Policy policy = MustRead(R"(extension_policy:
  version: 1
  mode: enforcing
  mode_floor: disabled
  on_violation: skip-all
  unmergeable: stage
  image_policy: usr=verity:root=absent
  default: deny
)");
  EXPECT_EQ(policy.mode->value, Mode::kEnforcing);
  EXPECT_EQ(policy.mode->span, (SourceSpan{"p.yaml", 3, 9}));
  EXPECT_EQ(policy.mode_floor->value, Mode::kDisabled);
  EXPECT_EQ(policy.on_violation->value, OnViolation::kSkipAll);
  EXPECT_EQ(policy.unmergeable->value, Unmergeable::kStage);
  EXPECT_EQ(policy.image_policy->value,
            ImagePolicy::Parse("root=absent:usr=verity").value());
  EXPECT_EQ(policy.image_policy->span, (SourceSpan{"p.yaml", 7, 17}));
  EXPECT_EQ(policy.default_verdict->value, RuleVerdict::kDeny);
}

TEST(PolicyReaderTest, AbsentVersionIsThisOne) {
  EXPECT_EQ(MustRead("extension_policy: {mode: enforcing}").version,
            kPolicyVersion);
}

// What a newer version adds may be passed over, wherever it stands.
TEST(PolicyReaderTest, KeysOfANewerVersionAreWarnings) {
  const auto read = ReadFile(R"(extension_policy:
  version: 2
  critical: [mode]
  brand_new: {a: [b]}
  mode: enforcing
  trust: {quorum: 2}
  rules:
    - {id: a, match: {name: a}, verdict: deny, owner: me}
)");
  ASSERT_TRUE(read.value.has_value());
  EXPECT_EQ(read.value->version, 2);
  EXPECT_EQ(read.value->ModeOrDefault(), Mode::kEnforcing);
  EXPECT_EQ(read.value->rules.size(), 1u);
  ASSERT_EQ(read.diagnostics.size(), 3u);
  const std::pair<int, int> places[] = {{4, 3}, {6, 11}, {8, 48}};
  for (size_t i = 0; i < 3; ++i) {
    const Diagnostic& diagnostic = read.diagnostics[i];
    EXPECT_EQ(diagnostic.code, DiagnosticCode::kUnknownKey);
    EXPECT_EQ(diagnostic.severity, Severity::kWarning);
    EXPECT_EQ(diagnostic.span.line, places[i].first);
    EXPECT_EQ(diagnostic.span.column, places[i].second);
  }
}

TEST(PolicyReaderTest, ACriticalKeyOfANewerVersionMustBeKnown) {
  for (absl::string_view critical :
       {"owner", "[owner]", "[other, owner]", "rules.owner", "[x.y.owner]"}) {
    const auto read = ReadFile(absl::StrCat(
        "extension_policy: {version: 2, critical: ", critical,
        ", rules: [{id: a, match: {name: a}, verdict: deny, owner: me}]}"));
    EXPECT_FALSE(read.value.has_value()) << critical;
    ASSERT_EQ(read.diagnostics.size(), 1u) << critical;
    EXPECT_EQ(read.diagnostics[0].code, DiagnosticCode::kUnknownKey);
  }
}

// A condition that is passed over would make an allow rule take more images.
TEST(PolicyReaderTest, ConditionsOfANewerVersionMustBeKnown) {
  for (absl::string_view rule :
       {"match: {name: a, fips: true}, verdict: allow",
        "match: {name: a}, verdict: allow, content: {sockets: deny}"}) {
    const auto read = ReadFile(absl::StrCat(
        "extension_policy: {version: 2, rules: [{id: a, ", rule, "}]}"));
    EXPECT_FALSE(read.value.has_value()) << rule;
    EXPECT_EQ(read.diagnostics.size(), 1u) << rule;
  }
}

TEST(PolicyReaderTest, Trust) {
  const std::string digits(64, 'A');
  const Policy policy = MustRead(absl::StrCat(R"(extension_policy:
  trust:
    efi: [PK, db]
    verity_d: all
    certificates:
      - |
        -----BEGIN CERTIFICATE-----
        AAAA
        -----END CERTIFICATE-----
    files: [/etc/x/*.crt]
    revoked: [sha256:)",
                                              digits, ", ", digits, "]\n"));
  const Trust& trust = policy.trust;
  EXPECT_EQ(trust.efi->value,
            (std::vector<EfiList>{EfiList::kPK, EfiList::kDb}));
  EXPECT_EQ(trust.verity_d->value, VerityD::kAll);
  ASSERT_EQ(trust.certificates.size(), 1u);
  EXPECT_EQ(trust.certificates[0].value,
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  // Of the first line of the PEM, not of the `|` above it.
  EXPECT_EQ(trust.certificates[0].span, (SourceSpan{"p.yaml", 7, 9}));
  ASSERT_EQ(trust.files.size(), 1u);
  EXPECT_EQ(trust.files[0].value, "/etc/x/*.crt");
  EXPECT_EQ(trust.files[0].span, (SourceSpan{"p.yaml", 10, 13}));
  // One spelling, whatever was written.
  const std::string want = absl::StrCat("sha256:", std::string(64, 'a'));
  ASSERT_EQ(trust.revoked.size(), 2u);
  EXPECT_EQ(trust.revoked[0].value, want);
  EXPECT_EQ(trust.revoked[1].value, want);
}

TEST(PolicyReaderTest, TrustSets) {
  const Policy policy = MustRead(R"(extension_policy:
  trust:
    sets:
      acme: {files: [/etc/a/*.crt]}
      other:
        certificates: |
          -----BEGIN CERTIFICATE-----
          -----END CERTIFICATE-----
  rules:
    - id: a
      match: {signer: [acme, nobody-has-defined-it, )" +
                                 std::string(64, 'A') + R"(, other]}
      verdict: allow
)");
  ASSERT_EQ(policy.trust.sets.size(), 2u);
  const TrustSet& acme = policy.trust.sets.at("acme");
  EXPECT_EQ(acme.span, (SourceSpan{"p.yaml", 4, 7}));
  ASSERT_EQ(acme.files.size(), 1u);
  EXPECT_EQ(acme.files[0].value, "/etc/a/*.crt");
  const TrustSet& other = policy.trust.sets.at("other");
  ASSERT_EQ(other.certificates.size(), 1u);
  EXPECT_EQ(other.certificates[0].span.line, 7);
  const RuleMatch& match = policy.rules.at(0).match;
  EXPECT_EQ(match.signers.size(), 1u);
  ASSERT_EQ(match.signer_sets.size(), 3u);
  EXPECT_EQ(match.signer_sets[0].value, "acme");
  EXPECT_EQ(match.signer_sets[0].span, (SourceSpan{"p.yaml", 11, 24}));
  EXPECT_EQ(match.signer_sets[2].value, "other");
}

TEST(PolicyReaderTest, Handling) {
  const Policy policy = MustRead(R"(extension_policy:
  staging: link
  sources: [/var/lib/acme/extensions, /srv]
  merge: {timeout: 2min, hierarchies: [/usr, /opt]}
  fail_boot: {entries: [active, mine], when: retry, fallback: emergency}
  measure: {pcr: 0}
)");
  EXPECT_EQ(policy.staging->value, Staging::kLink);
  ASSERT_EQ(policy.sources.size(), 2u);
  EXPECT_EQ(policy.sources[1].value, "/srv");
  EXPECT_EQ(policy.sources[1].span, (SourceSpan{"p.yaml", 3, 39}));
  EXPECT_EQ(policy.merge.timeout->value.milliseconds(), 120000);
  EXPECT_EQ(policy.merge.hierarchies->value,
            (std::vector<std::string>{"/usr", "/opt"}));
  EXPECT_EQ(policy.merge.hierarchies->span, (SourceSpan{"p.yaml", 4, 39}));
  EXPECT_EQ(policy.FailableEntriesOrDefault(),
            (std::vector<std::string>{"active", "mine"}));
  EXPECT_EQ(policy.FailWhenOrDefault(), FailWhen::kRetry);
  EXPECT_EQ(policy.FailFallbackOrDefault(), FailFallback::kEmergency);
  EXPECT_EQ(policy.measure->value.pcr, 0);
  EXPECT_EQ(policy.measure->span, (SourceSpan{"p.yaml", 6, 12}));
}

TEST(PolicyReaderTest, PcrsThatCanBeResetAreRefused) {
  for (int pcr = -1; pcr <= 24; ++pcr) {
    const auto read =
        ReadFile(absl::StrCat("extension_policy: {measure: {pcr: ", pcr, "}}"));
    EXPECT_EQ(read.value.has_value(), pcr >= 0 && pcr < 23 && pcr != 16) << pcr;
  }
}

TEST(PolicyReaderTest, TheWeightOfARule) {
  const Policy policy = MustRead(R"(extension_policy:
  trust: {require_unexpired: true}
  rules:
    - id: a
      match: {name: a}
      verdict: allow
      required: true
      mode: permissive
      until: 2027-01-31
    - {id: b, match: {name: a}, verdict: deny, required: false}
)");
  EXPECT_EQ(policy.trust.require_unexpired,
            (Located<bool>{true, SourceSpan{}}));
  const Rule& rule = policy.rules.at(0);
  EXPECT_TRUE(rule.required->value);
  EXPECT_EQ(rule.required->span, (SourceSpan{"p.yaml", 7, 17}));
  EXPECT_EQ(rule.mode->value, RuleMode::kPermissive);
  EXPECT_EQ(rule.until->value, *UtcTime::Parse("2027-01-31"));
  EXPECT_EQ(rule.until->span, (SourceSpan{"p.yaml", 9, 14}));
  EXPECT_FALSE(policy.rules.at(1).required->value);
  EXPECT_FALSE(policy.rules.at(1).mode.has_value());
  EXPECT_FALSE(policy.rules.at(1).until.has_value());
}

TEST(PolicyReaderTest, NoEfiIsNotTheSameAsNothingSaid) {
  const Policy none = MustRead("extension_policy: {trust: {efi: []}}");
  ASSERT_TRUE(none.trust.efi.has_value());
  EXPECT_TRUE(none.trust.efi->value.empty());
  EXPECT_FALSE(MustRead("extension_policy: {trust: {}}").trust.efi.has_value());
}

TEST(PolicyReaderTest, EntriesAndRules) {
  const std::string hash(32, 'C');
  const Policy policy = MustRead(absl::StrCat(R"(extension_policy:
  entries:
    - match: "k3sv1.29.*"
      entries: [active, customEntry]
  rules:
    - id: all
      match:
        name: ["k3sv*", b]
        root_hash: )",
                                              hash, R"(
        sha256: [)",
                                              hash, hash, R"(]
        signer: [)",
                                              hash, hash, R"(]
        class: [sysext, confext]
        architecture: x86-64
        entries: [active]
      verdict: allow
      image_policy: "*"
      reason: because
    - {id: second, match: {class: sysext}, verdict: deny}
)"));
  ASSERT_EQ(policy.entries.size(), 1u);
  EXPECT_EQ(policy.entries[0].match.value, "k3sv1.29.*");
  EXPECT_EQ(policy.entries[0].match.span, (SourceSpan{"p.yaml", 3, 14}));
  ASSERT_EQ(policy.entries[0].entries.size(), 2u);
  EXPECT_EQ(policy.entries[0].entries[1].value, "customEntry");

  ASSERT_EQ(policy.rules.size(), 2u);
  const Rule& rule = policy.rules[0];
  const std::string digest(64, 'c');
  EXPECT_EQ(rule.id.value, "all");
  EXPECT_EQ(rule.id.span, (SourceSpan{"p.yaml", 6, 11}));
  ASSERT_EQ(rule.match.names.size(), 2u);
  EXPECT_EQ(rule.match.names[0].value, "k3sv*");
  ASSERT_EQ(rule.match.root_hashes.size(), 1u);
  EXPECT_EQ(rule.match.root_hashes[0].value, std::string(32, 'c'));
  ASSERT_EQ(rule.match.sha256.size(), 1u);
  EXPECT_EQ(rule.match.sha256[0].value, digest);
  ASSERT_EQ(rule.match.signers.size(), 1u);
  EXPECT_EQ(rule.match.signers[0].value, absl::StrCat("sha256:", digest));
  ASSERT_EQ(rule.match.classes.size(), 2u);
  EXPECT_EQ(rule.match.classes[1].value, ImageClass::kConfext);
  ASSERT_EQ(rule.match.architectures.size(), 1u);
  EXPECT_EQ(rule.match.architectures[0].value, Architecture::kX8664);
  ASSERT_EQ(rule.match.entries.size(), 1u);
  EXPECT_EQ(rule.match.entries[0].value, "active");
  EXPECT_EQ(rule.verdict.value, RuleVerdict::kAllow);
  EXPECT_EQ(rule.image_policy->value, ImagePolicy::Parse("*").value());
  EXPECT_EQ(rule.reason, "because");
  EXPECT_EQ(policy.rules[1].verdict.value, RuleVerdict::kDeny);
}

TEST(PolicyReaderTest, OneErrorLeavesOutTheWholeSource) {
  const auto read =
      ReadFile("extension_policy: {mode: enforcing, default: never}");
  EXPECT_FALSE(read.value.has_value());
  ASSERT_EQ(read.diagnostics.size(), 1u);
  EXPECT_EQ(read.diagnostics[0].code, DiagnosticCode::kUnknownValue);
}

TEST(CloudConfigTest, WhatIsNotOursIsIgnored) {
  for (absl::string_view text :
       {"", "#cloud-config\n", "users: [a]", "a: &x 1\nb: *x\na: 2", "- a\n",
        "text", "extensions: {catalogs: []}", "? [a]\n: b", "~: 1"}) {
    const auto read = ReadCloudConfig(text);
    EXPECT_FALSE(read.value.has_value()) << text;
    EXPECT_TRUE(read.diagnostics.empty()) << text;
  }
}

TEST(CloudConfigTest, OursIsReadAmongOthers) {
  const auto read = ReadCloudConfig(
      "a: &x 1\nb: *x\nb: !!binary x\n"
      "extension_policy: {mode: enforcing}\n~: [*x]\n");
  EXPECT_TRUE(read.diagnostics.empty());
  ASSERT_TRUE(read.value.has_value());
  EXPECT_EQ(read.value->ModeOrDefault(), Mode::kEnforcing);
}

// "match: entry entry" of each mapping.
std::vector<std::string> EntriesOf(const Policy& policy) {
  std::vector<std::string> lines;
  for (const EntryMapping& mapping : policy.entries) {
    std::string line = absl::StrCat(mapping.match.value, ":");
    for (const LocatedText& entry : mapping.entries) {
      absl::StrAppend(&line, " ", entry.value);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

struct SeedCase {
  const char* extensions;
  std::vector<std::string> want;
};

TEST(CloudConfigTest, BothShapesOfExtensionsAreRead) {
  const SeedCase kCases[] = {
      {R"(
- "k3sv1.29.*":
  - active
  - customEntry
- "k3sv1.30.*":
  - passive
)",
       {"k3sv1.29.*: active customEntry", "k3sv1.30.*: passive"}},
      {R"(
- active:
  - "k3sv1.29.*"
  - "rke2v1.28.*"
- passive:
  - "k3sv1.30.*"
)",
       {"k3sv1.29.*: active", "rke2v1.28.*: active", "k3sv1.30.*: passive"}},
      {" [{'k3s*': [active], re:a.*: mine}, {'b?': [x, passive]}]",
       {"k3s*: active", "re:a.*: mine", "b?: x passive"}},
      {" [{mine: ['k3s*', plain]}, {recovery: plain}]",
       {"k3s*: mine", "plain: mine", "plain: recovery"}},
      {" [{plain: [common, mine]}]", {"plain: common mine"}},
  };
  for (const SeedCase& test : kCases) {
    const auto read = ReadCloudConfig(
        absl::StrCat("users: []\nextensions:", test.extensions));
    EXPECT_TRUE(read.diagnostics.empty()) << test.extensions;
    ASSERT_TRUE(read.value.has_value()) << test.extensions;
    EXPECT_EQ(EntriesOf(*read.value), test.want) << test.extensions;
    // Beside a policy they add to it.
    const auto both = ReadCloudConfig(absl::StrCat(
        "extension_policy: {mode: enforcing, entries: [{match: first, entries: "
        "[a]}]}\nextensions:",
        test.extensions));
    ASSERT_TRUE(both.value.has_value()) << test.extensions;
    EXPECT_EQ(both.value->ModeOrDefault(), Mode::kEnforcing);
    std::vector<std::string> want = {"first: a"};
    want.insert(want.end(), test.want.begin(), test.want.end());
    EXPECT_EQ(EntriesOf(*both.value), want) << test.extensions;
    // In a policy file they are nothing.
    EXPECT_TRUE(HasErrors(
        ReadFile(absl::StrCat("extensions:", test.extensions)).diagnostics));
  }
}

TEST(CloudConfigTest, ExtensionsThatCouldBeEitherAreRefused) {
  for (const char* extensions :
       {"[{mine: [k3s]}]", "[{active: [passive]}]", "[{'a*': ['b*']}]",
        "[{'a*': [active, 'b*']}]", "[{active: ['a*', passive]}]",
        "[{mine: ['a*', active]}]", "[{'a*': [active]}, {active: ['a*']}]",
        "[{active: ['a*']}, {'b*': [active]}]",
        "[{'a*': [active], passive: ['b*']}]", "[k3s]", "[{active: }]",
        "[{active: []}]", "[{active: {a: b}}]", "[{active: [{a: b}]}]",
        "[{'a*': [x/y]}]", "[{active: ['a[', 'b*']}]", "[[active]]"}) {
    const auto read = ReadCloudConfig(absl::StrCat("extensions: ", extensions));
    EXPECT_FALSE(read.value.has_value()) << extensions;
    ASSERT_EQ(read.diagnostics.size(), 1u) << extensions;
    EXPECT_EQ(read.diagnostics[0].severity, Severity::kError) << extensions;
    EXPECT_FALSE(read.diagnostics[0].help.empty()) << extensions;
    EXPECT_EQ(read.diagnostics[0].span.line, 1) << extensions;
  }
}

TEST(CloudConfigTest, SysextCertAddsCertificates) {
  const std::string pem =
      "  -----BEGIN CERTIFICATE-----\n  AAAA\n  -----END CERTIFICATE-----\n";
  const auto read = ReadCloudConfig(absl::StrCat("sysext_cert: |\n", pem, pem));
  EXPECT_TRUE(read.diagnostics.empty());
  ASSERT_TRUE(read.value.has_value());
  ASSERT_EQ(read.value->trust.certificates.size(), 1u);
  const LocatedText& text = read.value->trust.certificates[0];
  EXPECT_EQ(text.span, (SourceSpan{"c.yaml", 2, 3}));
  // Both of them, one after the other.
  const std::string one =
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  EXPECT_EQ(text.value, one + one);
  for (const char* bad : {"AAAA", "", "{a: b}", "/etc/x.crt"}) {
    const auto broken = ReadCloudConfig(absl::StrCat("sysext_cert: ", bad));
    EXPECT_FALSE(broken.value.has_value()) << bad;
    EXPECT_TRUE(HasErrors(broken.diagnostics)) << bad;
  }
}

TEST(CloudConfigTest, KairosOwnExtensionsAreLeftAlone) {
  for (const char* extensions :
       {"{catalogs: [a], ignore_signatures: false}", "{}", "text", "~", "[]"}) {
    const auto read = ReadCloudConfig(absl::StrCat("extensions: ", extensions));
    EXPECT_FALSE(read.value.has_value()) << extensions;
    EXPECT_TRUE(read.diagnostics.empty()) << extensions;
  }
  for (const char* extensions :
       {"{catalogs: &x [a], more: *x, ignore_signatures: true}",
        "{active: ['k3s*']}", "{'k3s*': [active]}"}) {
    const auto read = ReadCloudConfig(absl::StrCat(
        "extensions: ", extensions, "\nextension_policy: {mode: enforcing}"));
    EXPECT_TRUE(read.value.has_value()) << extensions;
    ASSERT_EQ(read.diagnostics.size(), 1u) << extensions;
    EXPECT_EQ(read.diagnostics[0].severity, Severity::kWarning) << extensions;
    EXPECT_NE(read.diagnostics[0].help.find("extension_policy"),
              std::string::npos);
  }
}

TEST(CloudConfigTest, AliasesInSeedsAreRefused) {
  for (const char* text :
       {"a: &x [active]\nextensions: [{'k3s*': *x}]",
        "a: &x {'k3s*': [active]}\nextensions: [*x]",
        "extensions: [{'k3s*': &x [active]}]\na: *x", "sysext_cert: &x a"}) {
    const auto read = ReadCloudConfig(text);
    EXPECT_FALSE(read.value.has_value()) << text;
    EXPECT_TRUE(HasErrors(read.diagnostics)) << text;
  }
  EXPECT_EQ(ReadCloudConfig("a: &x []\nextensions: *x").diagnostics.size(), 1u);
}

TEST(CloudConfigTest, NoSeedHidesBehindAnotherValueOfItsKey) {
  for (const char* first : {"[]", "{catalogs: []}", "~", "text"}) {
    for (const char* second : {"[]", "{catalogs: []}"}) {
      EXPECT_TRUE(ReadCloudConfig(absl::StrCat("extensions: ", first,
                                               "\nextensions: ", second))
                      .diagnostics.empty());
    }
    const auto read = ReadCloudConfig(absl::StrCat(
        "extensions: ", first, "\nextensions: [{'k3s*': [active]}]"));
    EXPECT_FALSE(read.value.has_value()) << first;
    ASSERT_EQ(read.diagnostics.size(), 1u) << first;
    EXPECT_EQ(read.diagnostics[0].code, DiagnosticCode::kDuplicateKey);
  }
}

TEST(CloudConfigTest, BrokenYamlThatMayHaveSeedsIsAnError) {
  for (const char* text :
       {"users: [a\nsysext_cert: x", "extensions: [a", "extensions: - a: [",
        "a: 1\nextensions: # ours\n # still\n - [a"}) {
    EXPECT_TRUE(HasErrors(ReadCloudConfig(text).diagnostics)) << text;
  }
  for (const char* text : {"extensions: {catalogs: [a", "my_extensions: [a",
                           "users: [extensions:", "a: [\n extensions: [",
                           "extensions:", "extensions: #"}) {
    EXPECT_FALSE(HasErrors(ReadCloudConfig(text).diagnostics)) << text;
  }
}

TEST(CloudConfigTest, BrokenYamlIsAnErrorOnlyWhereItMayBeOurs) {
  const auto other = ReadCloudConfig("users: [a");
  EXPECT_FALSE(other.value.has_value());
  ASSERT_EQ(other.diagnostics.size(), 1u);
  EXPECT_EQ(other.diagnostics[0].severity, Severity::kWarning);
  const auto ours = ReadCloudConfig("users: [a\nextension_policy: {}");
  EXPECT_FALSE(ours.value.has_value());
  ASSERT_EQ(ours.diagnostics.size(), 1u);
  EXPECT_EQ(ours.diagnostics[0].severity, Severity::kError);
  EXPECT_TRUE(HasErrors(ReadFile("users: [a").diagnostics));
}

TEST(CloudConfigTest, ALaterDocumentCannotBeOverlooked) {
  const auto read =
      ReadCloudConfig("users: []\n---\nextension_policy: {mode: enforcing}\n");
  EXPECT_FALSE(read.value.has_value());
  EXPECT_TRUE(HasErrors(read.diagnostics));
}

TEST(CloudConfigTest, AListThatMentionsUsIsAnError) {
  EXPECT_TRUE(HasErrors(
      ReadCloudConfig("- extension_policy: {mode: enforcing}").diagnostics));
}

}  // namespace
}  // namespace extgate
