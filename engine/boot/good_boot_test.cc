// What is kept of boots that came up well, seen by boots that are not to be.
#include "engine/boot/good_boot.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "engine/boot/booted_policy.h"
#include "engine/pipeline.h"
#include "engine/testing/fake_boot.h"
#include "engine/testing/pipeline_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;

constexpr char kSkips[] = "  mode: enforcing\n";
constexpr char kRequiresMore[] =
    "  mode: enforcing\n"
    "  on_violation: fail-boot\n"
    "  rules:\n"
    "    - {id: more, match: {name: more}, verdict: allow, required: true}\n";
// As kSkips, and one more certificate, which is not there.
constexpr char kMissesAFile[] =
    "extension_policy:\n"
    "  mode: enforcing\n"
    "  trust: {efi: [], files: [/etc/extgate/trust/acme.crt]}\n";
// Another policy than kSkips that trusts nobody.
constexpr char kTrustsNobody[] =
    "extension_policy:\n"
    "  mode: enforcing\n"
    "  trust: {efi: []}\n";

// A machine of Kairos, whose `active` has an image and whose `passive` none.
class TwoEntries {
 public:
  TwoEntries() : host(HostWith("")) { Take(PolicyTrustingVendor(kSkips)); }

  // The one local policy.
  void Take(const std::string& policy) {
    host.policy_texts.clear();
    host.AddPolicy(policy, Authority::kLocal);
  }

  // A boot of it, in its first try.
  Report Boot(const std::string& entry) {
    host.facts.entry = entry;
    host.boot_id += "x";
    host.candidates.clear();
    if (entry == "active") {
      host.Offer("/.extra/sysext/good.raw", ImageOf("good", &Vendor()));
    }
    boot.assessment.entries.clear();
    boot.AddKairosEntries();
    auto result = Apply(ports(), {});
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? result->report : Report();
  }

  // One that came up well.
  void BootWell(const std::string& entry) {
    const Report report = Boot(entry);
    EXPECT_NE(report.outcome, Outcome::kBootFailed);
    EXPECT_TRUE(KeepGoodBoot(ports(), report).ok());
  }

  FakeHost host;
  FakeBoot boot;

 private:
  Ports ports() {
    Ports ports = host.ports();
    ports.boot = &boot;
    return ports;
  }
};

// Whether the policy of an earlier boot held.
bool Rejected(const Report& report) {
  return std::any_of(report.diagnostics.begin(), report.diagnostics.end(),
                     [](const Diagnostic& diagnostic) {
                       return diagnostic.code ==
                              DiagnosticCode::kPolicyRejected;
                     });
}

TEST(GoodBootTest, AGoodBootOfAnotherEntryProvesNothingOfThisOne) {
  TwoEntries machine;
  machine.BootWell("active");
  const std::string bad = absl::StrCat(
      PolicyTrustingVendor(kSkips), "  on_violation: fail-boot\n  rules:\n",
      "    - id: more\n      match: {name: more, entries: [active]}\n",
      "      verdict: allow\n      required: true\n");
  machine.Take(bad);
  EXPECT_TRUE(Rejected(machine.Boot("active")));
  // Nothing is required of this one.
  machine.BootWell("passive");
  const Report again = machine.Boot("active");
  EXPECT_TRUE(Rejected(again));
  EXPECT_EQ(again.outcome, Outcome::kOk);
  EXPECT_THAT(Staged(machine.host), ElementsAre("good"));
}

TEST(GoodBootTest, AnEntryThatNeverCameUpWellGoesByTheBootOfAnother) {
  TwoEntries machine;
  machine.BootWell("active");
  machine.Take(PolicyTrustingVendor(kRequiresMore));
  EXPECT_TRUE(Rejected(machine.Boot("passive")));
}

TEST(GoodBootTest, APolicyThatProvedNothingIsNotKept) {
  struct {
    const char* name;
    const char* policy;
    const char* entry;
  } const cases[] = {
      {"with a certificate that is not there, and no image", kMissesAFile,
       "passive"},
      {"with a certificate that is not there", kMissesAFile, "active"},
      {"by which every image was withheld", kTrustsNobody, "active"},
  };
  for (const auto& c : cases) {
    TwoEntries machine;
    machine.BootWell("active");
    machine.BootWell("passive");
    machine.Take(c.policy);
    machine.BootWell(c.entry);
    machine.Take(PolicyTrustingVendor(kRequiresMore));
    EXPECT_TRUE(Rejected(machine.Boot("active"))) << c.name;
    EXPECT_THAT(Staged(machine.host), ElementsAre("good")) << c.name;
  }
}

TEST(GoodBootTest, APolicyThatCameAfterTheDecisionIsNotKept) {
  TwoEntries machine;
  machine.BootWell("active");
  const Report report = machine.Boot("active");
  machine.Take(PolicyTrustingVendor(kRequiresMore));
  ASSERT_TRUE(KeepGoodBoot(machine.host.ports(), report).ok());
  EXPECT_TRUE(Rejected(machine.Boot("active")));
}

TEST(GoodBootTest, OfManyEntriesThePoliciesKeptLastStay) {
  TwoEntries machine;
  for (int i = 0; i <= kMostBootedPolicies; ++i) {
    machine.BootWell(absl::StrCat("entry-", i));
  }
  for (const int place : {0, 1}) {
    machine.host.AddPolicy("extension_policy:\n  sources: [/more]\n",
                           Authority::kLocal);
    const auto kept = BootedPolicyPort::Open(absl::StrCat("entry-", place),
                                             machine.host, machine.host);
    EXPECT_TRUE(kept.ok()) << kept.status();
  }
  // What was kept for one of them does not change that of the others.
  machine.BootWell("entry-1");
  EXPECT_EQ(BootedPolicyPort::Open("entry-1", machine.host, machine.host)
                .status()
                .code(),
            absl::StatusCode::kNotFound);
  EXPECT_TRUE(
      BootedPolicyPort::Open("entry-2", machine.host, machine.host).ok());
  EXPECT_FALSE(
      BootedPolicyPort::Open("entry-0", machine.host, machine.host).ok())
      << "it was forgotten, and goes by the one kept last";
}

TEST(GoodBootTest, WhatIsNoListOfPoliciesIsWrittenAnew) {
  TwoEntries machine;
  machine.host.state["booted-policy"] = "\xff";
  machine.Take(PolicyTrustingVendor(kRequiresMore));
  EXPECT_FALSE(Rejected(machine.Boot("active")));
  machine.Take(PolicyTrustingVendor(kSkips));
  machine.BootWell("active");
  machine.Take(PolicyTrustingVendor(kRequiresMore));
  EXPECT_TRUE(Rejected(machine.Boot("active")));
}

}  // namespace
}  // namespace extgate
