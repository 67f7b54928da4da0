#include "engine/doctor.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using testing::AllOf;
using testing::HasSubstr;

MATCHER_P2(Is, health, why, "") {
  *result_listener << ToWord(arg.health) << ": " << arg.why;
  // Whatever is not well and can be mended says how.
  return arg.health == health && arg.why.find(why) != std::string::npos &&
         (arg.health != Health::kBad || !arg.remedy.empty());
}

TEST(DoctorTest, APolicyIsValidOrSaysWhere) {
  LoadedPolicy loaded;
  EXPECT_THAT(ExaminePolicy(loaded), Is(Health::kWarn, "built-in"));
  loaded.sources = {{"/oem/90.yaml", Authority::kLocal}};
  EXPECT_THAT(ExaminePolicy(loaded), Is(Health::kOk, "/oem/90.yaml (local)"));
  loaded.diagnostics = {{DiagnosticCode::kFileUnreadable,
                         Severity::kWarning,
                         {"/x", 1, 2},
                         "a warning",
                         ""}};
  EXPECT_EQ(ExaminePolicy(loaded).health, Health::kOk);
  loaded.invalid = true;
  EXPECT_THAT(ExaminePolicy(loaded), Is(Health::kBad, "could not be read"));
  loaded.diagnostics.push_back({DiagnosticCode::kFileUnreadable,
                                Severity::kError,
                                {"/oem/91.yaml", 3, 4},
                                "unknown key",
                                ""});
  EXPECT_THAT(ExaminePolicy(loaded),
              Is(Health::kBad, "/oem/91.yaml:3:4: unknown key"));
}

TEST(DoctorTest, WhoIsTrustedAndFromWhere) {
  LoadedPolicy loaded;
  EXPECT_THAT(ExamineTrust(loaded), Is(Health::kWarn, "nobody is trusted"));
  loaded.diagnostics = {{DiagnosticCode::kFileUnreadable,
                         Severity::kWarning,
                         {"/oem/90.yaml", 3, 4},
                         "no file matches `/a/*.crt`",
                         ""}};
  EXPECT_THAT(
      ExamineTrust(loaded),
      Is(Health::kWarn, ": /oem/90.yaml:3:4: no file matches `/a/*.crt`"));
}

TEST(DoctorTest, ModeAndFloor) {
  EXPECT_THAT(ExamineMode(Mode::kEnforcing), Is(Health::kOk, "enforcing"));
  EXPECT_THAT(ExamineMode(Mode::kPermissive), Is(Health::kWarn, "reported"));
  EXPECT_THAT(ExamineMode(Mode::kDisabled), Is(Health::kWarn, "nothing"));
  EXPECT_THAT(ExamineFloor(Mode::kEnforcing), Is(Health::kOk, "enforcing"));
  EXPECT_THAT(ExamineFloor(std::nullopt), Is(Health::kWarn, "none"));
}

TEST(DoctorTest, SecureBoot) {
  EXPECT_EQ(ExamineSecureBoot(Firmware::kNone).health, Health::kNotKnown);
  EXPECT_EQ(ExamineSecureBoot(Firmware::kSecureBootOff).health, Health::kWarn);
  EXPECT_EQ(ExamineSecureBoot(Firmware::kSecureBootOn).health, Health::kOk);
}

TEST(DoctorTest, CountingIsDefeatedByAPin) {
  const absl::Status none = absl::NotFoundError("no such variable");
  CountingFacts facts{none, none, {}};
  EXPECT_EQ(ExamineBootCounting(facts).health, Health::kNotKnown);
  facts.loader = "systemd-boot 257";
  EXPECT_THAT(ExamineBootCounting(facts), Is(Health::kWarn, "not counted"));
  facts.count_path = "/EFI/Linux/active+2-1.efi";
  EXPECT_THAT(ExamineBootCounting(facts), Is(Health::kOk, "active+2-1.efi"));
  facts.choice.default_file = "active*";
  EXPECT_THAT(ExamineBootCounting(facts),
              Is(Health::kWarn, "`default active*` of loader.conf"));
  facts.choice.default_file = "@saved";
  EXPECT_EQ(ExamineBootCounting(facts).health, Health::kOk);
  facts.choice.default_variable = "active.efi";
  EXPECT_THAT(ExamineBootCounting(facts),
              Is(Health::kWarn, "LoaderEntryDefault `active.efi`"));
  // `preferred` passes over what is found bad.
  facts.choice.default_variable = "";
  facts.choice.preferred_file = "active*";
  EXPECT_EQ(ExamineBootCounting(facts).health, Health::kOk);
}

TEST(DoctorTest, WhoseCommandTheUnitRuns) {
  const UnitCommand none;
  EXPECT_EQ(ExamineUnit(ImageClass::kSysext, none).health, Health::kNotKnown);
  const UnitCommand other{"/bin/other", "/etc/zzzz.conf", false};
  EXPECT_THAT(ExamineUnit(ImageClass::kConfext, other),
              Is(Health::kBad,
                 "systemd-confext.service runs `/bin/other` (/etc/zzzz.conf)"));
  const UnitCommand ours{"extgate merge sysext", "/usr/x.conf", true};
  const Checkup well = ExamineUnit(ImageClass::kSysext, ours);
  EXPECT_THAT(well, Is(Health::kOk, "extgate merge sysext (/usr/x.conf)"));
  EXPECT_EQ(well.what, "drop-in-sysext");
  EXPECT_THAT(ExamineEnabled("x.service", true), Is(Health::kOk, "enabled"));
  EXPECT_THAT(ExamineEnabled("x.service", false), Is(Health::kWarn, "never"));
  EXPECT_EQ(ExamineEnabled("x.service", false).remedy,
            "systemctl enable x.service");
  EXPECT_THAT(ExamineEnabled("extgate-x.service", false).remedy,
              HasSubstr("a link in the image's /usr"));
}

TEST(DoctorTest, WhatAVersionEnforces) {
  EXPECT_EQ(ExamineSystemd(0).health, Health::kNotKnown);
  EXPECT_THAT(ExamineSystemd(257),
              Is(Health::kWarn,
                 "of a signed root partition signature, of a usr "
                 "partition none"));
  EXPECT_THAT(ExamineSystemd(262), Is(Health::kOk, "root partition signature"));
}

TEST(DoctorTest, VerityAndRoom) {
  EXPECT_EQ(ExamineVerity(absl::OkStatus()).health, Health::kOk);
  EXPECT_EQ(ExamineVerity(absl::PermissionDeniedError("x")).health,
            Health::kNotKnown);
  EXPECT_THAT(ExamineVerity(absl::NotFoundError("no device mapper")),
              Is(Health::kWarn, "no device mapper"));
  const uint64_t mib = 1024 * 1024;
  EXPECT_THAT(ExamineRoom("run-room", "/run", Room{70 * mib, true}, 64 * mib),
              Is(Health::kOk, "70 MiB free in /run"));
  EXPECT_THAT(ExamineRoom("run-room", "/run", Room{60 * mib, true}, 64 * mib),
              Is(Health::kBad, "64 MiB are needed"));
  EXPECT_THAT(ExamineRoom("run-room", "/run", Room{70 * mib, false}, 64 * mib),
              Is(Health::kBad, "/run is read-only"));
  EXPECT_EQ(ExamineRoom("x", "/x", absl::NotFoundError("gone"), 1).health,
            Health::kNotKnown);
}

Report Decided(Verdict verdict, Action action, Mode mode = Mode::kEnforcing) {
  Report report;
  report.mode = mode;
  ReportedImage image;
  image.verdict = verdict;
  image.action = action;
  if (verdict == Verdict::kDeny) {
    image.reasons = {{ReasonCode::kUnsigned, "no signature"}};
  }
  report.images = {image};
  return report;
}

ScrubResult Scrubbed(ScrubState state) {
  ScrubResult scrub;
  scrub.state = state;
  if (state != ScrubState::kIntact) scrub.detail = "block 51";
  return scrub;
}

TEST(DoctorTest, WhatThisMachineDecidesOfAProbe) {
  const ScrubResult intact = Scrubbed(ScrubState::kIntact);
  EXPECT_THAT(
      ExamineDecision(ProbeKind::kUnsigned,
                      Decided(Verdict::kDeny, Action::kWithhold), intact),
      Is(Health::kOk, "withheld: unsigned: no signature"));
  EXPECT_THAT(
      ExamineDecision(
          ProbeKind::kUnsigned,
          Decided(Verdict::kDeny, Action::kStage, Mode::kPermissive), intact),
      Is(Health::kWarn, "would be denied, and merged"));
  EXPECT_THAT(ExamineDecision(ProbeKind::kWrongKey,
                              Decided(Verdict::kAllow, Action::kStage), intact),
              Is(Health::kWarn, "admits it: default"));
  EXPECT_THAT(ExamineDecision(
                  ProbeKind::kWrongKey,
                  Decided(Verdict::kNotApplicable, Action::kWithhold), intact),
              Is(Health::kNotKnown, ""));
  EXPECT_THAT(ExamineDecision(
                  ProbeKind::kWrongKey,
                  Decided(Verdict::kUnchecked, Action::kStage, Mode::kDisabled),
                  intact),
              Is(Health::kWarn, "disabled"));
  EXPECT_THAT(ExamineDecision(ProbeKind::kUnsigned, Report(),
                              Scrubbed(ScrubState::kUnreadable)),
              Is(Health::kNotKnown, "block 51"));
}

TEST(DoctorTest, AFlippedBitMustBeFound) {
  const Report denied = Decided(Verdict::kDeny, Action::kWithhold);
  EXPECT_THAT(ExamineDecision(ProbeKind::kBitFlipped, denied,
                              Scrubbed(ScrubState::kCorrupt)),
              Is(Health::kOk, "withheld: block 51"));
  EXPECT_THAT(ExamineDecision(ProbeKind::kBitFlipped, denied,
                              Scrubbed(ScrubState::kIntact)),
              Is(Health::kBad, "the probe is intact"));
  // And none in the others.
  EXPECT_THAT(ExamineDecision(ProbeKind::kUnsigned, denied,
                              Scrubbed(ScrubState::kCorrupt)),
              Is(Health::kBad, "the probe is corrupt: block 51"));
}

TEST(DoctorTest, WhatSystemdMakesOfAProbe) {
  using End = ProbeMount::End;
  const ProbeMount works{End::kServed, ""};
  const auto examine = [&](ProbeKind kind, const ProbeMount& mount,
                           const ProbeMount& control,
                           Mode mode = Mode::kEnforcing) {
    return ExamineMount(kind, mount, "--image-policy=root=signed", control,
                        mode);
  };
  EXPECT_THAT(examine(ProbeKind::kUnsigned, {End::kNotTried, "not root"}, {}),
              Is(Health::kNotKnown, "not root"));
  EXPECT_THAT(examine(ProbeKind::kWrongKey, {End::kRefused, "no key"}, works),
              Is(Health::kOk, "refused: no key"));
  EXPECT_THAT(examine(ProbeKind::kBitFlipped, {End::kUnserved, "EIO"}, works),
              Is(Health::kOk, "not served: EIO"));
  EXPECT_THAT(examine(ProbeKind::kWrongKey, works, works),
              Is(Health::kBad, "served, though told --image-policy="));
  EXPECT_THAT(examine(ProbeKind::kWrongKey, works, works, Mode::kPermissive),
              Is(Health::kWarn, "served, as permissive told it"));
  // No mode asks for broken data.
  EXPECT_EQ(
      examine(ProbeKind::kBitFlipped, works, works, Mode::kDisabled).health,
      Health::kBad);
  // Where nothing mounts, a refusal says nothing.
  EXPECT_THAT(examine(ProbeKind::kWrongKey, {End::kRefused, "no loop"},
                      {End::kRefused, "no loop"}),
              Is(Health::kNotKnown, "no sound image either: no loop"));
}

TEST(DoctorTest, TheWorstCounts) {
  EXPECT_EQ(WorstOf({}), Health::kOk);
  EXPECT_EQ(WorstOf({{"a", Health::kOk, "", ""},
                     {"b", Health::kBad, "", ""},
                     {"c", Health::kWarn, "", ""}}),
            Health::kBad);
  EXPECT_EQ(
      WorstOf({{"a", Health::kOk, "", ""}, {"b", Health::kNotKnown, "", ""}}),
      Health::kNotKnown);
  EXPECT_THAT(CheckupsToJson({{"a\n", Health::kNotKnown, "why", "do"}}),
              AllOf(HasSubstr("\"health\": \"not-known\""),
                    HasSubstr("\"what\": \"a\\\\n\""),
                    HasSubstr("\"remedy\": \"do\"")));
}

}  // namespace
}  // namespace extgate
