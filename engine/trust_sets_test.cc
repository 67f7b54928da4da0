// Trust sets and the end of certificates, from the policy's text to what
// systemd is handed.
#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "engine/pipeline.h"
#include "engine/testing/fake_host.h"
#include "engine/testing/pipeline_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr char kBadPem[] =
    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

// A policy file that defines the set acme by these PEM texts.
std::string SetOf(const std::vector<std::string>& pems) {
  std::string text =
      "extension_policy:\n  trust:\n    sets:\n      acme:\n"
      "        certificates:\n";
  for (const std::string& pem : pems) {
    absl::StrAppend(&text, "          - |\n            ",
                    absl::StrReplaceAll(pem, {{"\n", "\n            "}}), "\n");
  }
  return text;
}

std::string RuleOf(const std::string& verdict, const std::string& set) {
  return absl::StrCat("  rules:\n    - id: r\n      match: {name: [\"s*\"], ",
                      "signer: [", set, "]}\n      verdict: ", verdict, "\n");
}

// `seta` and `other` are by Stranger(), `good` and `solid` by Vendor(); a rule
// on names with s names the set acme, in which Stranger() is.
FakeHost HostWithSet(const std::string& keys) {
  FakeHost host = HostWith("  mode: enforcing\n" + keys);
  host.AddPolicy(SetOf({Stranger().certificate().pem}));
  host.Offer("/src/seta.raw", ImageOf("seta", &Stranger()));
  host.Offer("/src/other.raw", ImageOf("other", &Stranger()));
  host.Offer("/src/good.raw", ImageOf("good", &Vendor()));
  host.Offer("/src/solid.raw", ImageOf("solid", &Vendor()));
  return host;
}

std::string CertificatePath(const TestSigner& signer) {
  return absl::StrCat("/run/verity.d/extgate-",
                      signer.certificate().sha256.hex(), ".crt");
}

TEST(TrustSetsTest, ASetCountsInTheRuleThatNamesIt) {
  FakeHost host = HostWithSet(RuleOf("allow", "acme"));
  const Report report = MustApply(host);
  EXPECT_THAT(Staged(host), ElementsAre("good", "seta", "solid"));
  const ReportedImage& seta = Find(report, "seta");
  EXPECT_EQ(seta.rule, "r");
  EXPECT_EQ(seta.runtime_enforcement, RuntimeEnforcement::kSignature);
  ASSERT_TRUE(seta.signer.has_value());
  EXPECT_TRUE(seta.signer->trusted);
  EXPECT_THAT(seta.signer->origin, HasSubstr("trust set `acme`, policy-1"));
  EXPECT_EQ(report.sysext.image_policy, "root=signed+absent:usr=signed+absent");
  // What systemd checks it with, beside Vendor()'s.
  EXPECT_THAT(host.owned_files,
              Contains(Field(&OwnedFile::path, CertificatePath(Stranger()))));
  const ReportedImage& other = Find(report, "other");
  EXPECT_THAT(Codes(other), ElementsAre(ReasonCode::kSignerUntrusted));
  EXPECT_THAT(other.reasons[0].detail, HasSubstr("that name the set `acme`"));
}

TEST(TrustSetsTest, SystemdIsHandedNoCertificateThatNoRuleNamed) {
  FakeHost host = HostWithSet("");
  MustApply(host);
  EXPECT_THAT(Staged(host), ElementsAre("good", "solid"));
  EXPECT_THAT(
      host.owned_files,
      Not(Contains(Field(&OwnedFile::path, CertificatePath(Stranger())))));
  // Nor where permissive stages what is denied.
  host.AddPolicy("extension_policy: {mode: permissive}\n");
  MustApply(host);
  EXPECT_THAT(Staged(host), SizeIs(4));
  EXPECT_THAT(
      host.owned_files,
      Not(Contains(Field(&OwnedFile::path, CertificatePath(Stranger())))));
}

TEST(TrustSetsTest, ADenyByASet) {
  FakeHost host = HostWithSet(RuleOf("deny", "acme"));
  const Report report = MustApply(host);
  EXPECT_THAT(Staged(host), ElementsAre("good", "solid"));
  EXPECT_THAT(Codes(Find(report, "seta")),
              ElementsAre(ReasonCode::kDeniedByRule));
}

TEST(TrustSetsTest, ARevokedCertificateIsTrustedByNoSet) {
  FakeHost host = HostWithSet(RuleOf("allow", "acme"));
  host.AddPolicy(absl::StrCat("extension_policy: {trust: {revoked: [\"sha256:",
                              Stranger().certificate().sha256.hex(),
                              "\"]}}\n"));
  const Report report = MustApply(host);
  EXPECT_THAT(Staged(host), ElementsAre("good", "solid"));
  EXPECT_THAT(Codes(Find(report, "seta")),
              Contains(ReasonCode::kSignerRevoked));
}

TEST(TrustSetsTest, ASetByFileAndTheSameCertificateTrustedBesides) {
  FakeHost host =
      HostWith(absl::StrCat("  mode: enforcing\n", RuleOf("allow", "acme")));
  host.AddPolicy(
      "extension_policy: {trust: {sets: {acme: {files: [/a.crt]}}}}\n");
  host.trust_files["/a.crt"] = Vendor().certificate().pem;
  host.Offer("/src/solid.raw", ImageOf("solid", &Vendor()));
  host.Offer("/src/good.raw", ImageOf("good", &Vendor()));
  const Report report = MustApply(host);
  EXPECT_EQ(Find(report, "solid").rule, "r");
  EXPECT_EQ(Find(report, "good").rule, "default");
  EXPECT_THAT(Staged(host), ElementsAre("good", "solid"));
}

TEST(TrustSetsTest, ASetThatNobodyDefines) {
  FakeHost host = HostWithSet(RuleOf("deny", "acmee"));
  host.secure_boot = true;  // else it is noted that db does not count
  const LoadedPolicy loaded = LoadPolicy(host.ports());
  EXPECT_TRUE(loaded.invalid) << "a person is told before anything is done";
  ASSERT_THAT(loaded.diagnostics, SizeIs(1));
  EXPECT_EQ(ToString(loaded.diagnostics[0]),
            "policy-0.yaml:5:38: error: no source defines the trust set "
            "`acmee` (unknown-set)\n  help: did you mean `acme`?");
  // At boot: whoever signed, it may be one that was meant.
  const Report report = MustApply(host);
  EXPECT_THAT(Staged(host), ElementsAre("good"));
  EXPECT_THAT(Codes(Find(report, "solid")),
              ElementsAre(ReasonCode::kDeniedByRule));
}

TEST(TrustSetsTest, ABadFileOfThreePutsTheSetInDoubt) {
  FakeHost host = HostWith("  mode: enforcing\n" + RuleOf("deny", "acme"));
  host.secure_boot = true;
  host.AddPolicy(
      "extension_policy: {trust: {sets: {acme: {files: [/a.crt, /b.crt, "
      "/c.crt]}}}}\n");
  host.trust_files["/a.crt"] = Stranger().certificate().pem;
  host.trust_files["/b.crt"] = kBadPem;
  host.trust_files["/c.crt"] = Vendor().certificate().pem;
  host.Offer("/src/good.raw", ImageOf("good", &Vendor()));
  host.Offer("/src/solid.raw", ImageOf("solid", &SharedTestSigner()));
  const LoadedPolicy loaded = LoadPolicy(host.ports());
  ASSERT_THAT(loaded.diagnostics, SizeIs(1));
  EXPECT_EQ(loaded.diagnostics[0].code, DiagnosticCode::kBadCertificate);
  EXPECT_EQ(loaded.diagnostics[0].severity, Severity::kError);
  EXPECT_EQ(loaded.diagnostics[0].span.path, "/b.crt");
  EXPECT_THAT(loaded.trust.DoubtedSets(), ElementsAre("acme"));
  const Report report = MustApply(host);
  EXPECT_THAT(Codes(Find(report, "solid")),
              Contains(ReasonCode::kDeniedByRule));
  EXPECT_EQ(Find(report, "good").verdict, Verdict::kAllow);
}

TEST(TrustSetsTest, ABadCertificateOfThreeLeavesADenyByTheSetClosed) {
  FakeHost host = HostWith("  mode: enforcing\n" + RuleOf("deny", "acme"));
  const std::string pem = Stranger().certificate().pem;
  host.secure_boot = true;
  host.AddPolicy(SetOf({pem, kBadPem, Vendor().certificate().pem}));
  host.Offer("/src/good.raw", ImageOf("good", &Vendor()));
  host.Offer("/src/solid.raw", ImageOf("solid", &Vendor()));
  const LoadedPolicy loaded = LoadPolicy(host.ports());
  EXPECT_TRUE(loaded.invalid);
  ASSERT_FALSE(loaded.diagnostics.empty());
  EXPECT_EQ(loaded.diagnostics[0].code, DiagnosticCode::kBadCertificate);
  EXPECT_EQ(loaded.diagnostics[0].span.path, "policy-1.yaml");
  // The first line of its text, below the `- |`.
  const std::string before = SetOf({pem});
  EXPECT_EQ(loaded.diagnostics[0].span.line,
            2 + std::count(before.begin(), before.end(), '\n'));
  // Who is in the set nobody knows: its source has no say.
  const Report report = MustApply(host);
  EXPECT_THAT(Codes(Find(report, "solid")),
              Contains(ReasonCode::kDeniedByRule));
  EXPECT_EQ(Find(report, "good").verdict, Verdict::kAllow);
}

TEST(TrustSetsTest, UnderAFloorLocalSourcesPutNobodyIntoASet) {
  for (const Authority authority : {Authority::kVendor, Authority::kLocal}) {
    FakeHost host =
        HostWith(absl::StrCat("  mode: enforcing\n  mode_floor: enforcing\n",
                              RuleOf("allow", "acme")));
    host.AddPolicy(SetOf({SharedTestSigner().certificate().pem}));
    host.AddPolicy(SetOf({Stranger().certificate().pem}), authority);
    host.Offer("/src/seta.raw", ImageOf("seta", &Stranger()));
    MustApply(host);
    EXPECT_THAT(Staged(host), SizeIs(authority == Authority::kVendor ? 1 : 0));
  }
}

// ---- certificates that end --------------------------------------------------

UtcTime EndOf(const TestSigner& signer) {
  return signer.certificate().not_after.value_or(UtcTime());
}

UtcTime After(const UtcTime& time, int64_t seconds) {
  return UtcTime::FromSeconds(time.seconds() + seconds);
}

TEST(ExpiryTest, WhatIsOverIsTrustedNoMore) {
  for (const char* asks : {"true", "false"}) {
    FakeHost host = HostWith("  mode: enforcing\n");
    host.AddPolicy(absl::StrCat(
        "extension_policy: {trust: {require_unexpired: ", asks, "}}\n"));
    host.Offer("/src/good.raw", ImageOf("good", &Vendor()));
    host.facts.date = EndOf(Vendor());
    MustApply(host);
    EXPECT_THAT(Staged(host), ElementsAre("good"));
    host.facts.date = After(EndOf(Vendor()), 1);
    const Report report = MustApply(host);
    if (std::string(asks) == "false") {
      EXPECT_THAT(Staged(host), ElementsAre("good"));
      continue;
    }
    EXPECT_THAT(Staged(host), IsEmpty());
    const ReportedImage& good = Find(report, "good");
    EXPECT_THAT(Codes(good), ElementsAre(ReasonCode::kSignerExpired));
    EXPECT_THAT(good.reasons[0].detail, HasSubstr(EndOf(Vendor()).ToString()));
    EXPECT_THAT(
        host.owned_files,
        Not(Contains(Field(&OwnedFile::path, CertificatePath(Vendor())))));
  }
}

ApplyResult Merge(FakeHost& host) {
  ApplyOptions options;
  options.reuse = ApplyOptions::Reuse::kYes;
  auto result = Apply(host.ports(), options);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *result : ApplyResult{};
}

TEST(ExpiryTest, ADecisionIsKeptUntilACertificateEnds) {
  FakeHost host = HostWith("  mode: enforcing\n");
  host.AddPolicy("extension_policy: {trust: {require_unexpired: true}}\n");
  host.Offer("/src/good.raw", ImageOf("good", &Vendor()));
  host.facts.date = After(EndOf(Vendor()), -1000);
  EXPECT_FALSE(Merge(host).reused);
  host.facts.date = After(host.facts.date, 999);
  EXPECT_TRUE(Merge(host).reused);
  host.facts.date = After(host.facts.date, 2);
  EXPECT_FALSE(Merge(host).reused);
  EXPECT_THAT(Staged(host), IsEmpty());
}

}  // namespace
}  // namespace extgate
