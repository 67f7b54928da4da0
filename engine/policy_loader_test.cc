#include "engine/policy_loader.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "engine/crypto/testing/standing_of_der.h"
#include "engine/crypto/testing/test_signer.h"
#include "engine/host_date.h"
#include "engine/last_seen.h"
#include "engine/testing/fake_host.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/running_mode.h"

namespace extgate {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::vector<DiagnosticCode> Codes(const LoadedPolicy& loaded) {
  std::vector<DiagnosticCode> codes;
  for (const Diagnostic& diagnostic : loaded.diagnostics) {
    codes.push_back(diagnostic.code);
  }
  return codes;
}

std::string WithCertificate(const std::string& pem) {
  return absl::StrCat(
      "extension_policy:\n  trust:\n    certificates:\n      - |\n        ",
      absl::StrReplaceAll(pem, {{"\n", "\n        "}}), "\n");
}

// A db or dbx with one X.509 entry, as UEFI 2.10, 32.4.1 lays it out.
std::string X509List(const std::string& der) {
  std::string list(
      "\xa1\x59\xc0\xa5\xe4\x94\xa7\x4a\x87\xb5\xab\x15\x5c\x2b\xf0\x72", 16);
  const auto number = [&](uint32_t value) {
    for (int i = 0; i < 4; ++i) {
      list.push_back(static_cast<char>(value >> (8 * i)));
    }
  };
  const uint32_t entry = 16 + static_cast<uint32_t>(der.size());
  number(28 + entry);
  number(0);
  number(entry);
  return list + std::string(16, '\x01') + der;
}

TEST(PolicyLoaderTest, WithoutAnySourceTheBuiltInDefaultStandsAndSaysSo) {
  FakeHost host;
  const LoadedPolicy loaded = LoadPolicy(host.ports());
  EXPECT_EQ(loaded.policy.mode, Mode::kPermissive);
  EXPECT_THAT(Codes(loaded), Contains(DiagnosticCode::kNoPolicy));
  EXPECT_FALSE(loaded.invalid);
  EXPECT_THAT(loaded.sha256, SizeIs(64));
}

TEST(PolicyLoaderTest, TheCommandLineNamesOneMoreSource) {
  const struct {
    const char* path;
    Authority of_command_line;
    Authority want;
  } kCases[] = {
      {"/usr/lib/extgate/a.yaml", Authority::kCmdline, Authority::kCmdline},
      {"/usr/lib/extgate/a.yaml", Authority::kLocal, Authority::kLocal},
      {"/oem/a.yaml", Authority::kCmdline, Authority::kLocal},
      {"/usr/lib/extgate/../../../oem/a.yaml", Authority::kCmdline,
       Authority::kLocal},
      {"/usr/lib/extgate2/a.yaml", Authority::kCmdline, Authority::kLocal},
  };
  for (const auto& c : kCases) {
    FakeHost host;
    host.AddPolicy("extension_policy: {default: deny}\n");
    host.command_line = absl::StrCat("extgate.policy=", c.path);
    host.command_line_authority = c.of_command_line;
    host.policy_files[c.path] =
        "extension_policy: {mode: enforcing, mode_floor: enforcing}\n";
    const LoadedPolicy loaded = LoadPolicy(host.ports());
    ASSERT_THAT(loaded.sources, SizeIs(2)) << c.path;
    EXPECT_EQ(loaded.sources[1], (UsedSource{c.path, c.want}));
    EXPECT_EQ(loaded.policy.mode, Mode::kEnforcing) << c.path;
    // Only who may set a floor has set one.
    EXPECT_EQ(loaded.policy.floor.has_value(), c.want == Authority::kCmdline)
        << c.path;
    EXPECT_EQ(loaded.policy.default_verdict, RuleVerdict::kDeny);
    host.replaces_discovery = true;
    EXPECT_THAT(LoadPolicy(host.ports()).sources, SizeIs(1)) << c.path;
  }
}

TEST(PolicyLoaderTest, ANamedSourceThatIsNotThereIsAnErrorAndTheOthersStand) {
  FakeHost host;
  host.AddPolicy("extension_policy: {mode: enforcing}\n");
  host.command_line = "extgate.policy=/oem/a.yaml extgate.policy_required";
  const LoadedPolicy loaded = LoadPolicy(host.ports());
  EXPECT_TRUE(loaded.invalid);
  EXPECT_THAT(Codes(loaded), Contains(DiagnosticCode::kFileUnreadable));
  EXPECT_THAT(Codes(loaded), Not(Contains(DiagnosticCode::kPolicyRequired)));
  EXPECT_EQ(loaded.policy.mode, Mode::kEnforcing);
}

TEST(PolicyLoaderTest, ABrokenSourceDropsOnlyItself) {
  FakeHost host;
  host.AddPolicy("extension_policy: {mode: enforcing}\n");
  host.AddPolicy("extension_policy: {mode: lenient}\n");
  host.AddPolicy("extension_policy: {default: deny}\n");
  const LoadedPolicy loaded = LoadPolicy(host.ports());
  EXPECT_EQ(loaded.policy.mode, Mode::kEnforcing);
  EXPECT_EQ(loaded.policy.default_verdict, RuleVerdict::kDeny);
  EXPECT_TRUE(loaded.invalid);
  EXPECT_THAT(loaded.sources, SizeIs(2));
  EXPECT_THAT(Codes(loaded), Contains(DiagnosticCode::kPolicyInvalid));
}

TEST(PolicyLoaderTest, ABadPatternDropsItsSourceToo) {
  FakeHost host;
  host.AddPolicy("extension_policy: {mode: enforcing}\n");
  host.AddPolicy(
      "extension_policy:\n  mode: permissive\n  rules:\n"
      "    - id: a\n      match: {name: [\"k3s[\"]}\n      verdict: allow\n");
  const LoadedPolicy loaded = LoadPolicy(host.ports());
  EXPECT_EQ(loaded.policy.mode, Mode::kEnforcing);
  EXPECT_THAT(loaded.policy.rules, IsEmpty());
  EXPECT_THAT(Codes(loaded), Contains(DiagnosticCode::kBadPattern));
}

TEST(PolicyLoaderTest, TheCommandLineIsTheLastSource) {
  FakeHost host;
  host.AddPolicy("extension_policy: {mode: enforcing}\n", Authority::kLocal);
  host.command_line = "quiet extgate.mode=permissive";
  EXPECT_EQ(LoadPolicy(host.ports()).policy.mode, Mode::kPermissive);
}

TEST(PolicyLoaderTest, NamedPoliciesReplaceTheCommandLineToo) {
  FakeHost host;
  host.AddPolicy("extension_policy: {mode: enforcing}\n");
  host.command_line = "extgate.mode=disabled extgate.mode_floor=nonsense";
  host.replaces_discovery = true;
  const LoadedPolicy loaded = LoadPolicy(host.ports());
  EXPECT_EQ(loaded.policy.mode, Mode::kEnforcing);
  EXPECT_FALSE(loaded.invalid);
}

TEST(PolicyLoaderTest, ABadWordOnTheCommandLineLeavesItsFloor) {
  FakeHost host;
  host.AddPolicy("extension_policy: {mode: disabled}\n", Authority::kLocal);
  host.command_line = "extgate.mode=nonsense extgate.mode_floor=enforcing";
  host.command_line_authority = Authority::kCmdline;
  const LoadedPolicy loaded = LoadPolicy(host.ports());
  EXPECT_EQ(loaded.policy.mode, Mode::kEnforcing);
  EXPECT_TRUE(loaded.invalid);
}

TEST(PolicyLoaderTest, AFloorHoldsAgainstAnEditableCommandLine) {
  FakeHost host;
  host.AddPolicy("extension_policy: {mode_floor: enforcing}\n");
  host.command_line = "extgate.mode=disabled extgate.mode_floor=disabled";
  const LoadedPolicy loaded = LoadPolicy(host.ports());
  EXPECT_EQ(loaded.policy.mode, Mode::kEnforcing);
  EXPECT_EQ(loaded.policy.floor, Mode::kEnforcing);
  EXPECT_THAT(Codes(loaded), Contains(DiagnosticCode::kNotAuthorised));
}

TEST(PolicyLoaderTest, InlineCertificatesAndFilesAreTrusted) {
  const TestSigner& signer = SharedTestSigner();
  FakeHost host;
  host.AddPolicy(WithCertificate(signer.certificate().pem));
  const LoadedPolicy loaded = LoadPolicy(host.ports());
  EXPECT_NE(loaded.trust.Find(signer.certificate().sha256), nullptr);
  EXPECT_FALSE(loaded.invalid);

  FakeHost other;
  other.AddPolicy("extension_policy: {trust: {files: [/a.crt, /b.crt]}}\n");
  other.trust_files["/a.crt"] = signer.certificate().pem;
  const LoadedPolicy by_file = LoadPolicy(other.ports());
  EXPECT_NE(by_file.trust.Find(signer.certificate().sha256), nullptr);
  EXPECT_THAT(Codes(by_file), Contains(DiagnosticCode::kFileUnreadable));
}

constexpr char kBadPem[] =
    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

TEST(PolicyLoaderTest, ABadCertificateDropsItsSourceOnly) {
  FakeHost host;
  host.AddPolicy("extension_policy: {mode: enforcing}\n");
  host.AddPolicy(absl::StrCat(
      WithCertificate(SharedTestSigner().certificate().pem + kBadPem),
      "  default: deny\n"));
  const LoadedPolicy loaded = LoadPolicy(host.ports());
  EXPECT_TRUE(loaded.invalid);
  EXPECT_EQ(loaded.trust.size(), 0u);
  EXPECT_EQ(loaded.policy.mode, Mode::kEnforcing);
  EXPECT_EQ(loaded.policy.default_verdict, RuleVerdict::kAllow);
  EXPECT_THAT(Codes(loaded), Contains(DiagnosticCode::kBadCertificate));
  EXPECT_THAT(Codes(loaded), Contains(DiagnosticCode::kPolicyInvalid));
}

TEST(PolicyLoaderTest, ABadFileOfCertificatesIsLeftOutAlone) {
  FakeHost host;
  host.AddPolicy(
      "extension_policy: {default: deny, trust: {files: [/a.crt, /b.crt]}}\n");
  host.trust_files["/a.crt"] = kBadPem;
  host.trust_files["/b.crt"] = SharedTestSigner().certificate().pem;
  const LoadedPolicy loaded = LoadPolicy(host.ports());
  EXPECT_FALSE(loaded.invalid) << "the machine may be mended, not the policy";
  EXPECT_EQ(loaded.policy.default_verdict, RuleVerdict::kDeny);
  EXPECT_EQ(loaded.trust.size(), 1u);
  EXPECT_THAT(Codes(loaded), Contains(DiagnosticCode::kBadCertificate));
}

TEST(PolicyLoaderTest, VerityDirectoryCountsUnlessPolicySaysNone) {
  const Certificate& certificate = SharedTestSigner().certificate();
  FakeHost host;
  host.verity_directory = {{"/usr/lib/verity.d/a.crt", certificate.pem}};
  EXPECT_NE(LoadPolicy(host.ports()).trust.Find(certificate.sha256), nullptr);
  host.AddPolicy("extension_policy: {trust: {verity_d: none}}\n");
  EXPECT_EQ(LoadPolicy(host.ports()).trust.Find(certificate.sha256), nullptr);
}

TEST(PolicyLoaderTest, EfiCertificatesCountOnlyUnderSecureBoot) {
  const Certificate& certificate = SharedTestSigner().certificate();
  FakeHost host;
  host.variables["db"] = X509List(certificate.der);
  EXPECT_EQ(LoadPolicy(host.ports()).trust.Find(certificate.sha256), nullptr);
  EXPECT_THAT(Codes(LoadPolicy(host.ports())),
              Contains(DiagnosticCode::kEfiUntrusted));
  host.secure_boot = true;
  EXPECT_NE(LoadPolicy(host.ports()).trust.Find(certificate.sha256), nullptr);
  EXPECT_THAT(Codes(LoadPolicy(host.ports())),
              Not(Contains(DiagnosticCode::kEfiUntrusted)));
}

TEST(PolicyLoaderTest, DbxRevokesWhateverTrustsTheCertificate) {
  const TestSigner& signer = SharedTestSigner();
  const std::string signature = signer.Sign("abc");
  FakeHost host;
  host.AddPolicy(WithCertificate(signer.certificate().pem));
  EXPECT_EQ(
      StandingOfDer(LoadPolicy(host.ports()).trust, signature, "abc").state,
      SignatureState::kTrusted);
  host.variables["dbx"] = X509List(signer.certificate().der);
  const SignatureStanding standing =
      StandingOfDer(LoadPolicy(host.ports()).trust, signature, "abc");
  EXPECT_EQ(standing.state, SignatureState::kUntrusted);
  ASSERT_THAT(standing.signers, SizeIs(1));
  EXPECT_TRUE(standing.signers[0].revoked);
}

TEST(PolicyLoaderTest, ABrokenDbxTrustsNoEfiListAtAll) {
  const Certificate& certificate = SharedTestSigner().certificate();
  FakeHost host;
  host.secure_boot = true;
  host.variables["db"] = X509List(certificate.der);
  host.variables["dbx"] = "short";
  EXPECT_EQ(LoadPolicy(host.ports()).trust.Find(certificate.sha256), nullptr);
}

TEST(PolicyLoaderTest, RevokedInPolicyIsRevoked) {
  const TestSigner& signer = SharedTestSigner();
  FakeHost host;
  host.AddPolicy(absl::StrCat(
      WithCertificate(signer.certificate().pem),
      "    revoked: [\"sha256:", signer.certificate().sha256.hex(), "\"]\n"));
  const LoadedPolicy loaded = LoadPolicy(host.ports());
  EXPECT_FALSE(loaded.invalid);
  EXPECT_EQ(StandingOfDer(loaded.trust, signer.Sign("x"), "x").state,
            SignatureState::kUntrusted);
}

// ---- the running mode ----

FakeHost HostInMode(const std::string& running) {
  FakeHost host;
  host.AddPolicy("extension_policy:\n  mode: permissive\n", Authority::kLocal);
  host.running_mode = running;
  if (!running.empty()) {
    host.running_mode.pop_back();
    host.running_mode += " boot " + host.boot_id + "\n";
  }
  return host;
}

TEST(RunningModeTest, ItIsTheLastWordOfWhatIsLocal) {
  FakeHost host = HostInMode("enforcing\n");
  host.command_line = "extgate.mode=disabled";
  const LoadedPolicy loaded = LoadPolicy(host.ports());
  EXPECT_EQ(loaded.policy.mode, Mode::kEnforcing);
  ASSERT_TRUE(loaded.written.mode.has_value());
  EXPECT_EQ(loaded.written.mode->span.path, kRunningModePath);
  EXPECT_EQ(loaded.sources.back().path, kRunningModePath);
}

TEST(RunningModeTest, ItIsOverWhenItsTimeIs) {
  // FakeHost::Now() is 2026-11-22T21:00:00Z, the build later.
  const std::string build = kBuildDate;
  EXPECT_EQ(LoadPolicy(HostInMode("enforcing until 2030-01-01\n").ports())
                .policy.mode,
            Mode::kEnforcing);
  FakeHost host = HostInMode("enforcing until " + build + "\n");
  const LoadedPolicy loaded = LoadPolicy(host.ports());
  EXPECT_EQ(loaded.policy.mode, Mode::kPermissive);
  EXPECT_THAT(Codes(loaded), Contains(DiagnosticCode::kRunningMode));
  // A clock that was set back extends nothing.
  FakeHost later = HostInMode("enforcing until 2027-01-01\n");
  later.state[kLastSeenState] = "2027-01-01\n";
  EXPECT_EQ(LoadPolicy(later.ports()).policy.mode, Mode::kPermissive);
}

TEST(RunningModeTest, AFloorStandsAboveIt) {
  FakeHost host = HostInMode("disabled\n");
  host.AddPolicy("extension_policy:\n  mode_floor: enforcing\n");
  const LoadedPolicy loaded = LoadPolicy(host.ports());
  EXPECT_EQ(loaded.policy.mode, Mode::kEnforcing);
  EXPECT_THAT(Codes(loaded), Contains(DiagnosticCode::kNotAuthorised));
}

TEST(RunningModeTest, ABrokenOneDropsOnlyItself) {
  FakeHost host = HostInMode("strict\n");
  const LoadedPolicy loaded = LoadPolicy(host.ports());
  EXPECT_EQ(loaded.policy.mode, Mode::kPermissive);
  EXPECT_THAT(Codes(loaded), Contains(DiagnosticCode::kRunningMode));
  EXPECT_FALSE(loaded.invalid);
}

TEST(RunningModeTest, ItEndsWithTheBoot) {
  FakeHost host = HostInMode("enforcing\n");
  host.boot_id = "another";
  const LoadedPolicy loaded = LoadPolicy(host.ports());
  EXPECT_EQ(loaded.policy.mode, Mode::kPermissive);
  EXPECT_THAT(Codes(loaded), Contains(DiagnosticCode::kRunningMode));
}

TEST(RunningModeTest, ItDoesNotOpenWhatAwaitsItsPolicy) {
  FakeHost host = HostInMode("disabled\n");
  host.policy_texts.clear();
  host.command_line = "extgate.policy_required";
  const LoadedPolicy loaded = LoadPolicy(host.ports());
  EXPECT_EQ(loaded.policy.mode, Mode::kEnforcing);
  EXPECT_EQ(loaded.policy.default_verdict, RuleVerdict::kDeny);
}

TEST(RunningModeTest, NamedFilesAreAllThereIs) {
  FakeHost host = HostInMode("enforcing\n");
  host.replaces_discovery = true;
  EXPECT_EQ(LoadPolicy(host.ports()).policy.mode, Mode::kPermissive);
}

}  // namespace
}  // namespace extgate
