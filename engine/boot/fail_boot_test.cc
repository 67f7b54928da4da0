// Whole runs with `on_violation: fail-boot`.
#include "engine/boot/fail_boot.h"

#include <algorithm>
#include <functional>
#include <string>

#include "absl/strings/str_cat.h"
#include "engine/boot/booted_policy.h"
#include "engine/boot/good_boot.h"
#include "engine/notices.h"
#include "engine/testing/fake_boot.h"
#include "engine/testing/pipeline_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kFails[] = "  mode: enforcing\n  on_violation: fail-boot\n";

// A boot of `active` whose UKI has a good image and one by a stranger beside
// it.
struct Machine {
  FakeHost host;
  FakeBoot boot;

  explicit Machine(const std::string& more = "")
      : host(HostWith(kFails + more)) {
    boot.AddKairosEntries();
    host.Offer("/.extra/sysext/good.raw", ImageOf("good", &Vendor()));
    host.Offer("/.extra/sysext/evil.raw", ImageOf("evil", &Stranger()));
  }

  ApplyResult Run() {
    Ports ports = host.ports();
    ports.boot = &boot;
    auto result = Apply(ports, {});
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? *std::move(result) : ApplyResult();
  }

  // The next boot of `entry`, by the file that counts it.
  void Reboot(const std::string& entry, const std::string& counted_file) {
    host.facts.entry = entry;
    host.boot_id += "x";
    boot.assessment.counted_path = "/loader/entries/" + counted_file;
  }
};

std::string WhyNotFailed(const Report& report) {
  for (const Diagnostic& diagnostic : report.diagnostics) {
    if (diagnostic.code == DiagnosticCode::kBootNotFailed) {
      return diagnostic.message;
    }
  }
  return "";
}

TEST(FailBootTest, TheEntryIsMarkedBadAndTheNextOneKnowsWhy) {
  Machine machine;
  const ApplyResult result = machine.Run();
  EXPECT_EQ(result.report.outcome, Outcome::kBootFailed);
  EXPECT_EQ(result.fate, (BootFate{BootFate::Kind::kFail, "", "passive.conf"}));
  EXPECT_THAT(Staged(machine.host), IsEmpty());
  EXPECT_THAT(
      machine.boot.FileNames(),
      ElementsAre("passive+3.conf", "recovery+3.conf", "active+0-1.conf"));
  for (const std::string& text :
       {machine.boot.notes[kFailedBoots], machine.host.state[kFailedBoots]}) {
    const auto boots = FailedBootsFromJson(text);
    ASSERT_TRUE(boots.ok()) << boots.status();
    ASSERT_THAT(*boots, SizeIs(1));
    EXPECT_EQ(boots->front().entry, "active");
    EXPECT_EQ(boots->front().next, "passive.conf");
    EXPECT_TRUE(boots->front().rejected);
    EXPECT_THAT(Sentence(boots->front()), HasSubstr("signer-untrusted"));
  }
}

TEST(FailBootTest, TheEntryThatComesUpSaysWhy) {
  Machine machine;
  EXPECT_EQ(machine.Run().report.previous_boot, PreviousBoot());
  machine.Reboot("passive", "passive+2-1.conf");
  for (const char* lost : {"", kFailedBoots}) {
    // An entry with another /var finds it on the ESP.
    machine.host.state.erase(lost);
    const Report report = machine.Run().report;
    EXPECT_EQ(report.previous_boot.outcome, "boot-failed");
    EXPECT_THAT(report.previous_boot.why,
                HasSubstr("`active` was failed at 2026-11-22T21:00:00Z: "
                          "signer-untrusted"));
    EXPECT_THAT(LoginMessage(report), HasSubstr("`active` was failed"));
  }
}

TEST(FailBootTest, WithRetryItsTriesAreLeftUntilTheLastIsSpent) {
  Machine machine("  fail_boot:\n    when: retry\n");
  EXPECT_EQ(machine.Run().fate->kind, BootFate::Kind::kFail);
  EXPECT_EQ(machine.boot.FileNames().front(), "active+2-1.conf");
  EXPECT_FALSE(KnownFailedBoots(machine.host.ports()).back().rejected);
  // systemd-boot counts down; the third try is the last.
  machine.boot.assessment.entries.clear();
  machine.boot.AddEntry("active+0-3.conf", "0001");
  machine.boot.AddEntry("passive+3.conf", "0002");
  machine.Reboot("active", "active+0-3.conf");
  EXPECT_EQ(machine.Run().fate->kind, BootFate::Kind::kFail);
  EXPECT_TRUE(KnownFailedBoots(machine.host.ports()).back().rejected);
}

TEST(FailBootTest, ACountedFileWithoutCountersGetsOneReboot) {
  Machine machine("  fail_boot:\n    when: retry\n");
  machine.boot.assessment.entries.clear();
  machine.boot.AddEntry("active.conf", "0001");
  machine.boot.AddEntry("passive+3.conf", "0002");
  machine.Reboot("active", "active.conf");
  EXPECT_EQ(machine.Run().fate->kind, BootFate::Kind::kFail);
  machine.Reboot("active", "active.conf");
  EXPECT_EQ(machine.Run().fate->kind, BootFate::Kind::kWithhold);
}

TEST(FailBootTest, WhereItWouldNotHelpTheGoodImagesAreStaged) {
  struct {
    const char* name;
    std::function<void(Machine&)> change;
    const char* why;
  } const cases[] = {
      {"no other entry",
       [](Machine& m) {
         m.boot.assessment.entries = {m.boot.assessment.entries[0]};
       },
       "there is no other entry"},
      {"a pinned default",
       [](Machine& m) { m.boot.assessment.choice.default_file = "active*"; },
       "is pinned by default of loader.conf"},
      {"not counted",
       [](Machine& m) { m.boot.assessment.counted_path.clear(); },
       "this boot is not counted"},
      {"no ESP",
       [](Machine& m) {
         m.boot.assessment_error = absl::NotFoundError("there is no ESP");
       },
       "there is no ESP"},
      {"passive", [](Machine& m) { m.Reboot("passive", "passive+2-1.conf"); },
       "`passive` is not one of fail_boot.entries"},
      {"recovery", [](Machine& m) { m.host.facts.entry = "recovery"; },
       "`recovery` is never failed"},
      {"an unknown entry", [](Machine& m) { m.host.facts.entry = ""; },
       "nothing tells which entry is booted"},
      {"the other entry is no better",
       [](Machine& m) {
         m.boot.extra_directories["passive.conf"] = {"/efi/passive.extra.d"};
         Candidate evil;
         evil.path = "/efi/passive.extra.d/evil.raw";
         evil.file_name = "evil.raw";
         m.host.candidates_of["/efi/passive.extra.d"] = {evil};
         m.host.files[evil.path] = ImageOf("evil", &Stranger());
       },
       "the images of the next entry, `passive.conf`, would not pass either"},
      {"the file cannot be renamed",
       [](Machine& m) {
         m.boot.set_tries_error = absl::PermissionDeniedError("read-only");
       },
       "cannot be marked bad: read-only"},
  };
  for (const auto& c : cases) {
    Machine machine;
    c.change(machine);
    const ApplyResult result = machine.Run();
    EXPECT_EQ(result.fate->kind, BootFate::Kind::kWithhold) << c.name;
    EXPECT_EQ(result.report.outcome, Outcome::kViolations) << c.name;
    EXPECT_THAT(Staged(machine.host), ElementsAre("good")) << c.name;
    EXPECT_THAT(WhyNotFailed(result.report), HasSubstr(c.why)) << c.name;
    for (const std::string& file : machine.boot.FileNames()) {
      EXPECT_THAT(file, ::testing::Not(HasSubstr("+0"))) << c.name;
    }
  }
}

// A policy whose certificate is not there, or another one than who signs.
TEST(FailBootTest, AWrongCertificateFailsNoBoot) {
  struct {
    const char* name;
    const char* trust;
    const char* why;
  } const cases[] = {
      {"a file that is not there",
       "{efi: [], files: [/etc/extgate/trust/acme.crt]}",
       "`trust` of the policy cannot be read: "},
      {"one that is no certificate",
       "{efi: [], files: [/etc/extgate/trust/empty.crt]}",
       "/etc/extgate/trust/empty.crt: "},
      {"nobody is trusted", "{efi: []}",
       "nothing would be merged in the next entry, `passive.conf`, either"},
  };
  for (const char* fallback : {"withhold", "reboot", "emergency"}) {
    for (const auto& c : cases) {
      Machine machine;
      machine.host.trust_files["/etc/extgate/trust/empty.crt"] = "";
      machine.host.policy_texts.clear();
      machine.host.AddPolicy(absl::StrCat("extension_policy:\n", kFails,
                                          "  fail_boot: {fallback: ", fallback,
                                          "}\n  trust: ", c.trust, "\n"));
      const ApplyResult result = machine.Run();
      EXPECT_NE(result.fate->kind, BootFate::Kind::kFail) << c.name;
      EXPECT_THAT(result.fate->why_not, HasSubstr(c.why)) << c.name;
      EXPECT_EQ(machine.boot.FileNames().front(), "active+2-1.conf") << c.name;
      EXPECT_THAT(Staged(machine.host), IsEmpty()) << c.name;
      // An error of the policy is none of the images, whatever the fallback.
      if (std::string(c.name) != "nobody is trusted") {
        EXPECT_EQ(result.fate->kind, BootFate::Kind::kWithhold) << c.name;
        EXPECT_THAT(KnownFailedBoots(machine.host.ports()), IsEmpty())
            << c.name;
      }
    }
  }
}

TEST(FailBootTest, AnEntryWithAnAllowedImageIsBetterThanOneWithout) {
  Machine machine;
  machine.host.candidates.erase(machine.host.candidates.begin());
  EXPECT_EQ(machine.Run().fate->kind, BootFate::Kind::kWithhold)
      << "passive has nothing, and here is the stranger's alone";
  Candidate good;
  good.path = "/efi/passive.extra.d/good.raw";
  good.file_name = "good.raw";
  machine.boot.extra_directories["passive.conf"] = {"/efi/passive.extra.d"};
  machine.host.candidates_of["/efi/passive.extra.d"] = {good};
  machine.host.files[good.path] = ImageOf("good", &Vendor());
  EXPECT_EQ(machine.Run().fate->kind, BootFate::Kind::kFail);
}

TEST(FailBootTest, WhatIsWrongWithNoSignerIsFailedForAllTheSame) {
  Machine machine;
  machine.host.candidates.clear();
  machine.host.Offer("/.extra/sysext/noise.raw", std::string(1 << 20, 'x'));
  EXPECT_EQ(machine.Run().fate->kind, BootFate::Kind::kFail);
}

TEST(FailBootTest, WhatCannotBeExplainedIsNotFailed) {
  Machine machine;
  machine.boot.note_error = absl::ResourceExhaustedError("the ESP is full");
  EXPECT_EQ(machine.Run().fate->kind, BootFate::Kind::kFail)
      << "the state directory has it";
  EXPECT_THAT(KnownFailedBoots(machine.host.ports()), SizeIs(1));
}

// Somebody who changes the default back, or a boot loader that does not count.
TEST(FailBootTest, AnEntryThatWasGivenUpIsNotFailedAgain) {
  Machine machine;
  EXPECT_EQ(machine.Run().fate->kind, BootFate::Kind::kFail);
  machine.boot.assessment.entries.clear();
  machine.boot.AddKairosEntries();
  machine.Reboot("active", "active+2-1.conf");
  const ApplyResult again = machine.Run();
  EXPECT_EQ(again.fate->kind, BootFate::Kind::kWithhold);
  EXPECT_THAT(WhyNotFailed(again.report), HasSubstr("was given up"));
  EXPECT_THAT(Staged(machine.host), ElementsAre("good"));
  machine.host.Offer("/.extra/sysext/worse.raw", ImageOf("worse", &Stranger()));
  EXPECT_EQ(machine.Run().fate->kind, BootFate::Kind::kWithhold);
}

// To reboot, or to stop.
struct Fallback {
  const char* word;
  BootFate::Kind kind;
  const char* why_not_again;
};
constexpr Fallback kOnceOnly[] = {
    {"reboot", BootFate::Kind::kReboot, "rebooted once already"},
    {"emergency", BootFate::Kind::kEmergency, "stopped once already"},
};

// In a boot that is not counted.
Machine FallingBack(const Fallback& fallback) {
  Machine machine(
      absl::StrCat("  fail_boot:\n    fallback: ", fallback.word, "\n"));
  machine.boot.assessment.counted_path.clear();
  return machine;
}

TEST(FailBootTest, TheFallbackRebootsOrStopsOnce) {
  for (const Fallback& fallback : kOnceOnly) {
    Machine machine = FallingBack(fallback);
    const ApplyResult first = machine.Run();
    EXPECT_EQ(first.fate->kind, fallback.kind);
    EXPECT_EQ(first.report.outcome, Outcome::kBootFailed);
    EXPECT_THAT(Staged(machine.host), IsEmpty());
    for (int boots = 0; boots < 3; ++boots) {
      machine.host.boot_id += "x";
      machine.host.Offer(absl::StrCat("/.extra/sysext/evil", boots, ".raw"),
                         ImageOf("evil", &Stranger()));
      const ApplyResult next = machine.Run();
      EXPECT_EQ(next.fate->kind, BootFate::Kind::kWithhold);
      EXPECT_THAT(WhyNotFailed(next.report), HasSubstr(fallback.why_not_again));
      EXPECT_THAT(Staged(machine.host), ElementsAre("good"));
    }
  }
}

TEST(FailBootTest, WhereNothingCanBeKeptItDoesNeither) {
  for (const Fallback& fallback : kOnceOnly) {
    Machine machine = FallingBack(fallback);
    machine.boot.note_error = absl::ResourceExhaustedError("the ESP is full");
    machine.host.state_error = absl::ResourceExhaustedError("so is /var");
    EXPECT_EQ(machine.Run().fate->kind, BootFate::Kind::kWithhold);
    EXPECT_THAT(Staged(machine.host), ElementsAre("good"));
  }
}

// The ESP has no room for another name.
TEST(FailBootTest, ABootThatCouldNotBeFailedIsNotRemembered) {
  Machine machine;
  machine.boot.set_tries_error = absl::ResourceExhaustedError("it is full");
  EXPECT_EQ(machine.Run().fate->kind, BootFate::Kind::kWithhold);
  Ports ports = machine.host.ports();
  ports.boot = &machine.boot;
  EXPECT_THAT(KnownFailedBoots(ports), IsEmpty());
  machine.Reboot("passive", "passive+2-1.conf");
  EXPECT_EQ(machine.Run().report.previous_boot, PreviousBoot());
  // With room it is failed.
  machine.Reboot("active", "active+2-1.conf");
  machine.boot.set_tries_error = absl::OkStatus();
  EXPECT_EQ(machine.Run().fate->kind, BootFate::Kind::kFail);
}

TEST(FailBootTest, ABootThatCouldNotBeFailedFallsBackOnce) {
  for (const Fallback& fallback : kOnceOnly) {
    Machine machine(
        absl::StrCat("  fail_boot:\n    fallback: ", fallback.word, "\n"));
    machine.boot.set_tries_error = absl::ResourceExhaustedError("it is full");
    EXPECT_EQ(machine.Run().fate->kind, fallback.kind);
    EXPECT_FALSE(KnownFailedBoots(machine.host.ports()).back().rejected);
    EXPECT_EQ(machine.Run().fate->kind, BootFate::Kind::kWithhold);
  }
}

TEST(FailBootTest, RecoveryDoesNeither) {
  for (const Fallback& fallback : kOnceOnly) {
    Machine machine = FallingBack(fallback);
    machine.host.facts.entry = "recovery";
    EXPECT_EQ(machine.Run().fate->kind, BootFate::Kind::kWithhold);
    EXPECT_THAT(Staged(machine.host), ElementsAre("good"));
  }
}

// ---- GRUB ----

// The same on GRUB, in the boot after an upgrade: there is no ESP.
Machine OnGrub(const std::string& more = "") {
  Machine machine(more);
  machine.boot.assessment_error = absl::NotFoundError("no boot loader");
  machine.boot.note_error = absl::NotFoundError("no ESP");
  GrubAssessment armed;
  armed.enabled = true;
  armed.tentative = true;
  armed.has_fallback = true;
  machine.boot.grub = armed;
  return machine;
}

TEST(FailBootTest, GrubFallsBackWhereItsAssessmentIsArmed) {
  for (const char* when : {"now", "retry"}) {
    Machine machine =
        OnGrub(absl::StrCat("  fail_boot:\n    when: ", when, "\n"));
    const ApplyResult result = machine.Run();
    EXPECT_EQ(result.fate, (BootFate{BootFate::Kind::kFail, "", "passive"}));
    EXPECT_EQ(result.report.outcome, Outcome::kBootFailed);
    EXPECT_THAT(Staged(machine.host), IsEmpty());
    const auto boots = FailedBootsFromJson(machine.host.state[kFailedBoots]);
    ASSERT_TRUE(boots.ok()) << boots.status();
    ASSERT_THAT(*boots, SizeIs(1));
    EXPECT_TRUE(boots->front().rejected) << "there is one try";
    EXPECT_EQ(boots->front().next, "passive");
    // GRUB falls back: its marks stay, and this entry is not to be failed.
    machine.boot.grub->fell_back = true;
    machine.host.facts.entry = "passive";
    machine.host.boot_id += "x";
    const ApplyResult next = machine.Run();
    EXPECT_EQ(next.fate->kind, BootFate::Kind::kWithhold);
    EXPECT_THAT(Staged(machine.host), ElementsAre("good"));
    EXPECT_THAT(next.report.previous_boot.why,
                HasSubstr("`active` was failed at"));
    // Somebody starts the other one all the same.
    machine.host.facts.entry = "active";
    machine.host.boot_id += "x";
    const ApplyResult again = machine.Run();
    EXPECT_EQ(again.fate->kind, BootFate::Kind::kWithhold);
    EXPECT_THAT(WhyNotFailed(again.report), HasSubstr("was given up before"));
  }
}

TEST(FailBootTest, ElseTheBootGoesOnOnGrub) {
  struct {
    const char* name;
    std::function<void(Machine&)> change;
    const char* why;
  } const cases[] = {
      {"not assessed", [](Machine& m) { m.boot.grub->enabled = false; },
       "GRUB does not assess this boot"},
      {"called good", [](Machine& m) { m.boot.grub->tentative = false; },
       "not armed, or over"},
      {"damaged",
       [](Machine& m) {
         m.boot.grub = absl::InvalidArgumentError("it is damaged");
       },
       "it is damaged"},
      {"the fallback is no better",
       [](Machine& m) {
         m.host.Offer("/var/lib/extensions/evil.raw",
                      ImageOf("evil", &Stranger()));
       },
       "the images of the next entry, `passive`, would not pass either"},
      {"nothing can be kept",
       [](Machine& m) {
         m.host.state_error = absl::ResourceExhaustedError("/var is full");
       },
       "the reason for it cannot be kept: /var is full"},
      {"recovery", [](Machine& m) { m.host.facts.entry = "recovery"; },
       "`recovery` is never failed"},
  };
  for (const auto& c : cases) {
    Machine machine = OnGrub();
    c.change(machine);
    const ApplyResult result = machine.Run();
    EXPECT_EQ(result.fate->kind, BootFate::Kind::kWithhold) << c.name;
    EXPECT_THAT(Staged(machine.host), ElementsAre("good")) << c.name;
    EXPECT_THAT(WhyNotFailed(result.report), HasSubstr(c.why)) << c.name;
  }
  Machine machine = OnGrub("  fail_boot:\n    fallback: reboot\n");
  machine.boot.grub->tentative = false;
  EXPECT_EQ(machine.Run().fate->kind, BootFate::Kind::kReboot);
  EXPECT_EQ(machine.Run().fate->kind, BootFate::Kind::kWithhold);
}

// ---- the policy of the last good boot ----

// A machine that came up well with `good` alone, by a policy that only
// withholds.
Machine BootedWell() {
  Machine machine;
  machine.host.candidates.clear();
  machine.host.Offer("/.extra/sysext/good.raw", ImageOf("good", &Vendor()));
  machine.host.policy_texts.clear();
  machine.host.AddPolicy(PolicyTrustingVendor("  mode: enforcing\n"),
                         Authority::kLocal);
  const ApplyResult result = machine.Run();
  EXPECT_EQ(result.report.outcome, Outcome::kOk);
  EXPECT_TRUE(KeepGoodBoot(machine.host.ports(), result.report).ok());
  return machine;
}

void TakePolicy(Machine& machine, const std::string& keys) {
  machine.host.policy_texts.clear();
  machine.host.AddPolicy(PolicyTrustingVendor(keys), Authority::kLocal);
}

bool Says(const Report& report, DiagnosticCode code) {
  return std::any_of(
      report.diagnostics.begin(), report.diagnostics.end(),
      [&](const Diagnostic& diagnostic) { return diagnostic.code == code; });
}

constexpr char kRequiresMore[] =
    "  mode: enforcing\n"
    "  on_violation: fail-boot\n"
    "  rules:\n"
    "    - {id: more, match: {name: more}, verdict: allow, required: true}\n";

TEST(FailBootTest, ANewPolicyThatWouldFailTheBootIsNotTaken) {
  Machine machine = BootedWell();
  TakePolicy(machine, kRequiresMore);
  const ApplyResult result = machine.Run();
  EXPECT_EQ(result.fate, std::nullopt);
  EXPECT_EQ(result.report.outcome, Outcome::kOk);
  EXPECT_THAT(Staged(machine.host), ElementsAre("good"));
  EXPECT_TRUE(Says(result.report, DiagnosticCode::kPolicyRejected));
  EXPECT_EQ(machine.boot.FileNames().front(), "active+2-1.conf");
  // Such a boot makes no policy good.
  ASSERT_TRUE(KeepGoodBoot(machine.host.ports(), result.report).ok());
  EXPECT_TRUE(Says(machine.Run().report, DiagnosticCode::kPolicyRejected));
}

TEST(FailBootTest, WhatTheNewPolicyDeniesByARuleStaysWithheld) {
  Machine machine = BootedWell();
  TakePolicy(machine, absl::StrCat(kRequiresMore,
                                   "    - {id: no-good, match: {name: good}, "
                                   "verdict: deny}\n"));
  const ApplyResult result = machine.Run();
  EXPECT_TRUE(Says(result.report, DiagnosticCode::kPolicyRejected));
  EXPECT_THAT(Staged(machine.host), IsEmpty());
}

TEST(FailBootTest, ABootThatIsFailedByBothPoliciesIsFailed) {
  Machine machine = BootedWell();
  machine.host.Offer("/.extra/sysext/evil.raw", ImageOf("evil", &Stranger()));
  TakePolicy(machine, kFails);
  ASSERT_TRUE(KeepBootedPolicy("active", machine.host, machine.host).ok());
  TakePolicy(machine, absl::StrCat(kFails, "  sources: [/more]\n"));
  const ApplyResult result = machine.Run();
  EXPECT_EQ(result.report.outcome, Outcome::kBootFailed);
  EXPECT_FALSE(Says(result.report, DiagnosticCode::kPolicyRejected));
}

TEST(FailBootTest, AStrongerSourceIsTakenWhateverBooted) {
  Machine machine = BootedWell();
  machine.host.Offer("/.extra/sysext/evil.raw", ImageOf("evil", &Stranger()));
  TakePolicy(machine, "  mode: enforcing\n  sources: [/more]\n");
  machine.host.AddPolicy(absl::StrCat("extension_policy:\n", kFails));
  const ApplyResult result = machine.Run();
  EXPECT_EQ(result.report.outcome, Outcome::kBootFailed);
}

TEST(FailBootTest, AnEntryThatCameUpWellIsForgiven) {
  Machine machine;
  EXPECT_EQ(machine.Run().report.outcome, Outcome::kBootFailed);
  EXPECT_THAT(KnownFailedBoots(machine.host.ports()), SizeIs(1));
  machine.host.candidates.pop_back();
  const Report good = machine.Run().report;
  EXPECT_EQ(good.outcome, Outcome::kOk);
  Ports ports = machine.host.ports();
  ports.boot = &machine.boot;
  ASSERT_TRUE(KeepGoodBoot(ports, good).ok());
  EXPECT_THAT(KnownFailedBoots(ports), IsEmpty());
}

// Every boot of a hostile machine, until one goes on: whatever is offered, the
// number of reboots is bounded by the tries there are.
TEST(FailBootTest, AHostileImageMakesNoBootLoop) {
  for (const char* when : {"now", "retry"}) {
    Machine machine(absl::StrCat("  fail_boot:\n    when: ", when,
                                 "\n    entries: [active, passive]\n"
                                 "    fallback: reboot\n"));
    machine.boot.assessment.entries.clear();
    machine.boot.AddEntry("active+3.conf", "0001");
    machine.boot.AddEntry("passive+3.conf", "0002");
    int reboots = 0;
    for (; reboots < 20; ++reboots) {
      // What systemd-boot does.
      auto& entries = machine.boot.assessment.entries;
      SortAsShown(entries);
      const size_t next =
          NextToBoot(entries, machine.boot.assessment.choice)->entry;
      const Tries tries = entries[next].name.tries().value_or(Tries{});
      entries[next].name = *EntryName::Parse(entries[next].name.With(
          Tries{tries.left == 0 ? 0 : tries.left - 1, tries.done + 1}));
      machine.Reboot(entries[next].name.stem(),
                     entries[next].name.With(entries[next].name.tries()));
      // The attacker changes it each time.
      machine.host.Offer(absl::StrCat("/.extra/sysext/evil", reboots, ".raw"),
                         ImageOf("evil", &Stranger()));
      if (machine.Run().report.outcome != Outcome::kBootFailed) break;
    }
    EXPECT_LE(reboots, 8) << when;
    EXPECT_THAT(Staged(machine.host), ElementsAre("good")) << when;
  }
}

}  // namespace
}  // namespace extgate
