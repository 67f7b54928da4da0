#include "engine/boot/rearm.h"

#include <string>
#include <vector>

#include "engine/boot/fail_boot.h"
#include "engine/boot/good_boot.h"
#include "engine/testing/fake_boot.h"
#include "engine/testing/pipeline_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A machine whose entry `active` was blessed with the image `good`, which lies
// beside its UKI.
struct Machine {
  FakeHost host = HostWith("  mode: enforcing\n");
  FakeBoot boot;

  Machine() {
    boot.AddEntry("active.conf", "0001");
    boot.AddEntry("passive.conf", "0002");
    boot.extra_directories["active.conf"] = {"/efi/active.extra.d"};
    host.Offer("/.extra/sysext/good.raw", ImageOf("good", &Vendor()));
    Put("good");
    auto result = Apply(ports(), {});
    EXPECT_TRUE(result.ok()) << result.status();
    EXPECT_TRUE(KeepGoodBoot(ports(), result->report).ok());
  }

  Ports ports() {
    Ports ports = host.ports();
    ports.boot = &boot;
    return ports;
  }

  // Onto the ESP, beside the UKI of active.
  void Put(const std::string& name) {
    Candidate candidate;
    candidate.file_name = name + ".raw";
    candidate.path = "/efi/active.extra.d/" + candidate.file_name;
    host.candidates_of["/efi/active.extra.d"].push_back(candidate);
    host.files[candidate.path] = ImageOf(name, &Vendor());
  }

  absl::StatusOr<std::vector<std::string>> Rearm() {
    const LoadedPolicy loaded = LoadPolicy(ports());
    return RearmChangedEntries(ports(),
                               {loaded.policy, loaded.trust, host.facts, &host},
                               loaded.sha256);
  }
};

TEST(RearmTest, AnEntryThatIsAsItCameUpWellStaysBlessed) {
  Machine machine;
  const auto rearmed = machine.Rearm();
  ASSERT_TRUE(rearmed.ok()) << rearmed.status();
  EXPECT_THAT(*rearmed, IsEmpty());
  EXPECT_THAT(machine.boot.FileNames(),
              ElementsAre("active.conf", "passive.conf"));
}

TEST(RearmTest, AnotherImageMakesItCountedAgain) {
  Machine machine;
  machine.Put("more");
  const auto rearmed = machine.Rearm();
  ASSERT_TRUE(rearmed.ok()) << rearmed.status();
  EXPECT_THAT(*rearmed, ElementsAre("active.conf"));
  EXPECT_THAT(machine.boot.FileNames(),
              ElementsAre("active+3.conf", "passive.conf"));
}

TEST(RearmTest, AnotherPolicyMakesItCountedAgain) {
  Machine machine;
  machine.host.AddPolicy("extension_policy:\n  sources: [/more]\n");
  EXPECT_THAT(*machine.Rearm(), ElementsAre("active.conf"));
}

TEST(RearmTest, WhatIsCountedKeepsItsTries) {
  Machine machine;
  machine.boot.assessment.entries.clear();
  machine.boot.AddEntry("active+0-3.conf", "0001");
  machine.Put("more");
  EXPECT_THAT(*machine.Rearm(), IsEmpty());
  EXPECT_THAT(machine.boot.FileNames(), ElementsAre("active+0-3.conf"));
}

TEST(RearmTest, AnEntryOfWhichNothingIsKnownStaysAsItIs) {
  Machine machine;
  machine.host.state.erase("good-generations");
  machine.Put("more");
  EXPECT_THAT(*machine.Rearm(), IsEmpty());
}

TEST(RearmTest, WhatMayNotFailNeedsNoTries) {
  Machine machine;
  machine.host.AddPolicy(
      "extension_policy:\n  fail_boot:\n    entries: [edge]\n");
  EXPECT_THAT(*machine.Rearm(), IsEmpty());
}

TEST(RearmTest, ItIsForgivenWhatItWasFailedFor) {
  Machine machine;
  FailedBoot boot;
  boot.entry = "active";
  boot.rejected = true;
  ASSERT_TRUE(KeepFailedBoots(machine.ports(), {boot}).ok());
  machine.Put("more");
  ASSERT_TRUE(machine.Rearm().ok());
  EXPECT_THAT(KnownFailedBoots(machine.ports()), IsEmpty());
}

TEST(RearmTest, AnEspThatCannotBeWrittenIsAnError) {
  Machine machine;
  machine.Put("more");
  machine.boot.set_tries_error = absl::ResourceExhaustedError("it is full");
  EXPECT_EQ(machine.Rearm().status(), machine.boot.set_tries_error);
  machine.boot.assessment_error = absl::NotFoundError("no ESP");
  EXPECT_EQ(machine.Rearm().status(), machine.boot.assessment_error);
}

}  // namespace
}  // namespace extgate
