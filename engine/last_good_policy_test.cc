// Ways to get past the gate by breaking its policy, and that none of them is
// one.
#include "engine/last_good_policy.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/pipeline.h"
#include "engine/policy_loader.h"
#include "engine/testing/fake_host.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

constexpr char kVendor[] = "/usr/lib/extgate/policy.d/10.yaml";
constexpr char kOem[] = "/oem/90.yaml";
constexpr char kBroken[] = "extension_policy: {mode: lenient}\n";

std::vector<DiagnosticCode> Codes(const std::vector<Diagnostic>& diagnostics) {
  std::vector<DiagnosticCode> codes;
  for (const Diagnostic& diagnostic : diagnostics) {
    codes.push_back(diagnostic.code);
  }
  return codes;
}

std::vector<std::string> Ids(const CompiledPolicy& policy) {
  std::vector<std::string> ids;
  for (const CompiledRule& rule : policy.rules) ids.push_back(rule.id);
  return ids;
}

class LastGoodPolicyTest : public ::testing::Test {
 protected:
  // What stands at `path`, in place of what stood there.
  void Write(const std::string& path, const std::string& keys) {
    WriteText(path, absl::StrCat("extension_policy: {", keys, "}\n"));
  }

  void WriteText(const std::string& path, const std::string& text) {
    Remove(path);
    const bool vendor = path == kVendor;
    PolicyText added{
        path, vendor ? Authority::kVendor : Authority::kLocal,
        vendor ? SourceKind::kPolicyFile : SourceKind::kCloudConfig, text};
    host_.policy_texts.insert(
        vendor ? host_.policy_texts.begin() : host_.policy_texts.end(), added);
  }

  void Remove(const std::string& path) {
    std::erase_if(host_.policy_texts,
                  [&](const PolicyText& text) { return text.path == path; });
  }

  Report Boot() {
    const auto result = Apply(host_.ports(), ApplyOptions());
    EXPECT_TRUE(result.ok()) << result.status();
    return result->report;
  }

  LoadedPolicy Load() { return LoadPolicy(host_.ports()); }

  // As whoever can write to /var offline would.
  void Forge(const PolicyTexts& texts) {
    ASSERT_TRUE(KeepLastGood(texts, {}, host_).ok());
  }

  FakeHost host_;
};

TEST_F(LastGoodPolicyTest, WhatASourceLastSaidStandsInForIt) {
  Write(kOem, "mode: enforcing, default: deny");
  Boot();
  WriteText(kOem, kBroken);
  const Report report = Boot();
  EXPECT_EQ(report.mode, Mode::kEnforcing);
  EXPECT_THAT(Codes(report.diagnostics),
              Contains(DiagnosticCode::kPolicyStandIn));
  EXPECT_THAT(Codes(report.diagnostics),
              Contains(DiagnosticCode::kPolicyInvalid));
  EXPECT_EQ(Load().policy.default_verdict, RuleVerdict::kDeny);
}

TEST_F(LastGoodPolicyTest, ItStandsInAtEveryBootUntilTheSourceIsMended) {
  Write(kOem, "mode: enforcing");
  Boot();
  WriteText(kOem, kBroken);
  for (int boot = 0; boot < 3; ++boot) {
    EXPECT_EQ(Boot().mode, Mode::kEnforcing);
  }
  Write(kOem, "mode: permissive");
  const Report report = Boot();
  EXPECT_EQ(report.mode, Mode::kPermissive);
  EXPECT_THAT(Codes(report.diagnostics),
              Not(Contains(DiagnosticCode::kPolicyStandIn)));
}

TEST_F(LastGoodPolicyTest, ASourceThatIsThereAndCannotBeReadIsStoodInForToo) {
  Write(kOem, "mode: enforcing");
  Boot();
  WriteText(kOem, "");
  host_.policy_texts.back().unreadable = true;
  EXPECT_EQ(Boot().mode, Mode::kEnforcing);
}

TEST_F(LastGoodPolicyTest, ACertificateThatIsNoneBreaksItsSource) {
  const std::string pem =
      "\"-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\"";
  for (const std::string& text :
       {absl::StrCat("extension_policy: {trust: {certificates: ", pem, "}}\n"),
        absl::StrCat("extension_policy: {trust: {sets: {acme: {certificates: ",
                     pem, "}}}}\n"),
        absl::StrCat("sysext_cert: ", pem, "\n")}) {
    Write(kOem, "mode: enforcing, default: deny");
    Boot();
    WriteText(kOem, text);
    const Report report = Boot();
    EXPECT_EQ(report.mode, Mode::kEnforcing) << text;
    EXPECT_THAT(Codes(report.diagnostics),
                Contains(DiagnosticCode::kBadCertificate));
    EXPECT_THAT(Codes(report.diagnostics),
                Contains(DiagnosticCode::kPolicyStandIn));
    EXPECT_EQ(Load().policy.default_verdict, RuleVerdict::kDeny) << text;
  }
}

// Forged or old, it is read as any other text is.
TEST_F(LastGoodPolicyTest, AStandInWithACertificateThatIsNoneStandsForNothing) {
  WriteText(kOem, kBroken);
  Forge({{kOem,
          "extension_policy:\n  mode: disabled\n  trust:\n"
          "    certificates:\n      - |\n"
          "        -----BEGIN CERTIFICATE-----\n        AAAA\n"
          "        -----END CERTIFICATE-----\n"}});
  EXPECT_EQ(Load().policy.mode, Mode::kPermissive);
  EXPECT_THAT(Codes(Load().diagnostics),
              Not(Contains(DiagnosticCode::kPolicyStandIn)));
}

TEST_F(LastGoodPolicyTest, ASourceThatWasRemovedSaysNothingAnyMore) {
  Write(kOem, "mode: enforcing");
  Boot();
  Remove(kOem);
  EXPECT_EQ(Boot().mode, Mode::kPermissive);
  // Nor does it when something broken comes to stand there later.
  WriteText(kOem, kBroken);
  EXPECT_EQ(Boot().mode, Mode::kPermissive);
}

TEST_F(LastGoodPolicyTest, OneSourceNeverStandsInForAnother) {
  Write(kOem, "mode: enforcing");
  Boot();
  WriteText("/oem/91.yaml", kBroken);
  const LoadedPolicy loaded = Load();
  EXPECT_THAT(Codes(loaded.diagnostics),
              Not(Contains(DiagnosticCode::kPolicyStandIn)));
  EXPECT_THAT(loaded.sources, ElementsAre(UsedSource{kOem, Authority::kLocal}));
}

TEST_F(LastGoodPolicyTest, UnderAFloorForgedStateOnlyTightens) {
  Write(kVendor, "mode_floor: enforcing, default: deny");
  WriteText(kOem, kBroken);
  Forge({{kOem,
          "extension_policy: {mode: disabled, default: allow, rules: ["
          "{id: mine, match: {name: ['*']}, verdict: allow},"
          "{id: theirs, match: {name: ['x']}, verdict: deny}]}\n"}});
  const LoadedPolicy loaded = Load();
  EXPECT_EQ(loaded.policy.mode, Mode::kEnforcing);
  EXPECT_EQ(loaded.policy.default_verdict, RuleVerdict::kDeny);
  EXPECT_THAT(Ids(loaded.policy), ElementsAre("theirs"));
}

TEST_F(LastGoodPolicyTest, TheStandInOfAStrongerSourceOnlyTightens) {
  WriteText(kVendor, kBroken);
  Forge({{kVendor,
          "extension_policy: {mode: disabled, image_policy: '*', "
          "unmergeable: stage, trust: {verity_d: all}, rules: ["
          "{id: mine, match: {name: ['*']}, verdict: allow},"
          "{id: theirs, match: {name: ['x']}, verdict: deny}]}\n"}});
  const LoadedPolicy loaded = Load();
  EXPECT_EQ(loaded.policy.mode, Mode::kPermissive);
  EXPECT_EQ(loaded.policy.image_policy, ImagePolicy::Strict());
  EXPECT_EQ(loaded.policy.unmergeable, Unmergeable::kWithhold);
  EXPECT_THAT(Ids(loaded.policy), ElementsAre("theirs"));
  EXPECT_THAT(Codes(loaded.diagnostics),
              Contains(DiagnosticCode::kNotAuthorised));
  EXPECT_THAT(loaded.sources,
              ElementsAre(UsedSource{kVendor, Authority::kLocal}));
}

TEST_F(LastGoodPolicyTest, TheFloorOfABrokenVendorHolds) {
  Write(kVendor, "mode_floor: enforcing, default: deny");
  Write(kOem, "mode: disabled, default: allow");
  Boot();
  WriteText(kVendor, kBroken);
  const LoadedPolicy loaded = Load();
  EXPECT_EQ(loaded.policy.floor, Mode::kEnforcing);
  EXPECT_EQ(loaded.policy.mode, Mode::kEnforcing);
  EXPECT_EQ(loaded.policy.default_verdict, RuleVerdict::kDeny);
}

TEST_F(LastGoodPolicyTest, StateThatIsBrokenItselfIsNothing) {
  WriteText(kOem, kBroken);
  for (const std::string& state :
       {std::string("\xff\xff\xff"), std::string(100000, '\n')}) {
    host_.state["last-good-policy"] = state;
    const LoadedPolicy loaded = Load();
    EXPECT_TRUE(loaded.invalid);
    EXPECT_THAT(loaded.sources, IsEmpty());
  }
  Forge({{kOem, kBroken}});
  EXPECT_THAT(Load().sources, IsEmpty());
}

TEST_F(LastGoodPolicyTest, FilesThatWereNamedAreNotStoodInFor) {
  Write(kOem, "mode: enforcing");
  Boot();
  const std::string kept = host_.state["last-good-policy"];
  host_.replaces_discovery = true;
  WriteText(kOem, kBroken);
  EXPECT_THAT(Load().sources, IsEmpty());
  Write(kOem, "mode: permissive");
  Boot();
  EXPECT_EQ(host_.state["last-good-policy"], kept);
}

TEST_F(LastGoodPolicyTest, LookingKeepsNothing) {
  Write(kOem, "mode: enforcing");
  Load();
  ApplyOptions options;
  options.act = ApplyOptions::Act::kDryRun;
  ASSERT_TRUE(Apply(host_.ports(), options).ok());
  EXPECT_THAT(host_.state, IsEmpty());
}

TEST_F(LastGoodPolicyTest, WhatIsNewAloneIsWritten) {
  Write(kOem, "mode: enforcing");
  Boot();
  const int first = host_.calls;
  Boot();
  const int second = host_.calls - first;
  // The first boot wrote the state, the second did all but that.
  EXPECT_EQ(second, first - 1);
}

TEST_F(LastGoodPolicyTest, AMachineThatCannotKeepItBootsAndSaysSo) {
  class NoState : public StatePort {
   public:
    absl::StatusOr<std::string> ReadState(absl::string_view) override {
      return absl::NotFoundError("none");
    }
    absl::Status WriteState(absl::string_view, absl::string_view) override {
      return absl::UnavailableError("read-only");
    }
  } no_state;
  Write(kOem, "mode: enforcing");
  const Ports ports = host_.ports();
  const auto result =
      Apply({ports.policy, ports.firmware, ports.host, ports.images,
             ports.staging, ports.confinement, no_state},
            ApplyOptions());
  ASSERT_TRUE(result.ok());
  EXPECT_THAT(Codes(result->report.diagnostics),
              Contains(DiagnosticCode::kStateUnkept));
}

}  // namespace
}  // namespace extgate
