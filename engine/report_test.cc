#include "engine/report.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// Every field set to something that is not its default.
Report Full() {
  Report report;
  report.time = "2026-11-22T21:00:00Z";
  report.boot_id = "6a1f";
  report.host = "node-1";
  report.systemd_version = 257;
  report.mode = Mode::kEnforcing;
  report.floor = Mode::kPermissive;
  report.entry = "active";
  report.previous_boot = {"boot-failed", "`active` was failed"};
  report.outcome = Outcome::kViolations;
  report.policy_sha256 = std::string(64, 'a');
  report.sources = {{"/oem/90.yaml", Authority::kLocal},
                    {"/usr/lib/extgate/policy.d/a.yaml", Authority::kVendor}};
  report.sysext.image_policy = "root=signed+absent:usr=signed+absent";
  report.sysext.environment = {"A=1"};
  report.confext.image_policy = "root=signed+absent";
  report.confext.environment = {"B=2", "C=3"};
  // What `merge` says besides, where it keeps an earlier decision.
  report.sysext.immutable = true;
  report.confext.immutable = true;
  ReportedImage image;
  image.name = "k3s";
  image.image_class = ImageClass::kConfext;
  image.path = "/.extra/sysext/k3s.raw";
  image.size_bytes = 71655424;
  image.verdict = Verdict::kDeny;
  image.action = Action::kMask;
  image.rule = "k3s-stable";
  image.reasons = {{ReasonCode::kSignerUntrusted, "CN=stranger"},
                   {ReasonCode::kRootHashMismatch, "differs"}};
  image.excused_by = {{"k3s-stable", *UtcTime::Parse("2027-01-31")},
                      {"other", std::nullopt}};
  image.runtime_enforcement = RuntimeEnforcement::kVerity;
  image.root_hash = std::string(64, 'b');
  image.designator = "usr";
  image.filesystem = "erofs";
  image.architecture = "x86-64";
  image.signer = Signer{"CN=db",
                        "CN=ca, serial 1",
                        *Fingerprint::Parse(std::string(64, 'c')),
                        true,
                        false,
                        "efi db"};
  image.release = {{"ID", "_any"}, {"VERSION_ID", "1"}};
  image.sha256 = std::string(64, 'd');
  image.trace = {{"k3s-stable", "matches"}, {"default", "not asked"}};
  image.passed_over = 7;
  report.images = {image};
  report.violations = {{ReasonCode::kBypass, "x"}};
  report.diagnostics = {{DiagnosticCode::kUnknownKey,
                         Severity::kWarning,
                         {"a.yaml", 3, 7},
                         "what",
                         "do this"}};
  report.not_merged = {"k3s", "other"};
  ReportedUnit unit;
  unit.standing = UnitStanding::kBypassed;
  unit.detail = "why";
  unit.unit = {.name = "systemd-sysext.service",
               .load_state = "loaded",
               .active_state = "active",
               .unit_file_state = "enabled",
               .fragment_path = "/usr/lib/systemd/system/x.service",
               .drop_in_paths = {"/a.conf", "/b.conf"},
               .wanted_by = {"sysinit.target"},
               .need_daemon_reload = true,
               .exec_start = {{"extgate", "merge", "sysext"}, {"true"}},
               .exec_reload = {{"false"}},
               .environment = {"A=b"},
               .unset_environment = {"C"}};
  report.units = {unit};
  return report;
}

TEST(ReportTest, SwitchesAreReadBackByModeAndVersion) {
  Report report = Full();
  report.mode = Mode::kPermissive;
  report.systemd_version = 260;
  auto read = ReportFromJson(ReportToJson(report));
  ASSERT_TRUE(read.ok()) << read.status();
  for (const HandOver& told : {read->sysext, read->confext}) {
    EXPECT_TRUE(told.always_refresh);
    EXPECT_FALSE(told.immutable);
  }
}

TEST(ReportTest, JsonReadsBackEqual) {
  const Report report = Full();
  auto read = ReportFromJson(ReportToJson(report));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, report);
}

TEST(ReportTest, FieldsAreThereEvenWhenEmptyAndLargeNumbersAreStrings) {
  Report report = Full();
  report.floor.reset();
  report.violations.clear();
  report.not_merged.clear();
  report.units.clear();
  const std::string json = ReportToJson(report);
  EXPECT_THAT(json, HasSubstr("\"floor\": \"\""));
  EXPECT_THAT(json, HasSubstr("\"violations\": []"));
  EXPECT_THAT(json, HasSubstr("\"not_merged\": []"));
  EXPECT_THAT(json, HasSubstr("\"units\": []"));
  EXPECT_THAT(json, HasSubstr("\"size\": \"71655424\""));
  EXPECT_THAT(json, HasSubstr("\"previous_boot\""));
  EXPECT_THAT(json, HasSubstr("\"runtime_enforcement\": \"verity\""));
  EXPECT_THAT(json, HasSubstr("\"class\": \"confext\""));
}

TEST(ReportTest, EqualReportsPrintAlike) {
  Report report = Full();
  for (int i = 0; i < 50; ++i) {
    report.images[0].release[absl::StrCat("KEY", i)] = "x";
  }
  const std::string json = ReportToJson(report);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(ReportToJson(*ReportFromJson(json)), json);
  }
}

TEST(ReportTest, NamesThatAreNotTextAreEscaped) {
  Report report;
  ReportedImage image;
  image.name = "a\xff\n\"b";
  image.path = "/x/\x1b[31m";
  report.images = {image};
  const std::string json = ReportToJson(report);
  EXPECT_THAT(json, HasSubstr(R"(a\\xff\\n\"b)"));
  EXPECT_THAT(json, Not(HasSubstr("\x1b")));
  EXPECT_TRUE(ReportFromJson(json).ok());
}

TEST(ReportTest, HelpOfACodeIsJson) {
  const std::string json = ReasonHelpToJson(ReasonCode::kWrongEntry);
  EXPECT_THAT(json, StartsWith("{\n"));
  EXPECT_THAT(json, HasSubstr("\"code\": \"wrong-entry\""));
  EXPECT_THAT(json, HasSubstr("\"kind\": \"not-applicable\""));
  const std::string help(HelpOf(ReasonCode::kWrongEntry));
  EXPECT_THAT(json,
              HasSubstr(absl::StrCat("\"help\": \"",
                                     help.substr(0, help.find('\n')), "\\n")));
}

TEST(ReportTest, WhatIsNoReportIsRefused) {
  for (
      const char* text :
      {"", "{", "[]", "{}", R"({"version":2})",
       R"({"version":1,"mode":"lenient","outcome":"ok"})",
       R"({"version":1,"mode":"enforcing","outcome":"ok","images":[{"class":"sysext","verdict":"maybe","action":"stage"}]})"}) {
    EXPECT_EQ(ReportFromJson(text).status().code(),
              absl::StatusCode::kInvalidArgument)
        << text;
  }
}

}  // namespace
}  // namespace extgate
