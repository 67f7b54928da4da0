#include "engine/boot/rearm.h"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/boot/fail_boot.h"
#include "engine/boot/good_boot.h"
#include "engine/pipeline.h"
#include "engine/policy_loader.h"
#include "engine/testing/fake_boot.h"
#include "engine/testing/pipeline_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr char kBeside[] = "/efi/active.extra.d";
constexpr char kForAll[] = "/efi/loader/extensions";

// A machine whose entry `active` was blessed with the image `good`, which lies
// beside its UKI, and others that are there in each boot.
struct Machine {
  FakeHost host = HostWith(
      "  mode: enforcing\n  sources: [/more]\n  rules:\n    - id: bare\n"
      "      match: {name: [bare, more]}\n      verdict: allow\n"
      "      image_policy: root=unprotected+absent:usr=absent\n");
  FakeBoot boot;

  Machine() {
    boot.AddEntry("active.conf", "0001");
    boot.AddEntry("passive.conf", "0002");
    boot.extra_directories["active.conf"] = {kBeside, kForAll};
    boot.extra_directories["passive.conf"] = {kForAll};
    host.Offer("/run/extgate/incoming/sysext/good.raw",
               ImageOf("good", &Vendor()));
    host.Offer("/.extra/global_sysext/all.sysext.raw",
               ImageOf("all", &Vendor()));
    host.Offer("/var/lib/kairos/extensions/common/bare.raw",
               Text(ErofsOf("bare")));
    host.Offer("/run/extensions/passing.raw", ImageOf("passing", &Vendor()),
               Place::kForeign);
    Put(kBeside, "good.raw", ImageOf("good", &Vendor()));
    Put(kForAll, "all.sysext.raw", ImageOf("all", &Vendor()));
    Put("/more", "more.raw", Text(ErofsOf("more")));
    Boot();
  }

  // A boot of it that came up well.
  void Boot() {
    auto result = Apply(ports(), {});
    ASSERT_TRUE(result.ok()) << result.status();
    // As `status` has it.
    auto report = ReportFromJson(ReportToJson(result->report));
    ASSERT_TRUE(report.ok()) << report.status();
    ASSERT_TRUE(KeepGoodBoot(ports(), *report).ok());
  }

  Ports ports() {
    Ports ports = host.ports();
    ports.boot = &boot;
    return ports;
  }

  void Put(const std::string& directory, const std::string& file_name,
           std::string bytes) {
    Remove(directory, file_name);
    Candidate candidate;
    candidate.file_name = file_name;
    candidate.path = absl::StrCat(directory, "/", file_name);
    host.candidates_of[directory].push_back(candidate);
    host.files[candidate.path] = std::move(bytes);
  }
  void Remove(const std::string& directory, const std::string& file_name) {
    std::erase_if(host.candidates_of[directory], [&](const Candidate& there) {
      return there.file_name == file_name;
    });
  }

  Rearming Rearm() {
    auto rearming = RearmChangedEntries(ports());
    EXPECT_TRUE(rearming.ok()) << rearming.status();
    return rearming.ok() ? *std::move(rearming) : Rearming();
  }
};

// That exactly `active` is counted again, for `why`.
void ExpectRearmed(Machine& machine, const std::string& why) {
  EXPECT_EQ(machine.Rearm(), (Rearming{{{"active.conf", why}}, ""}));
  EXPECT_THAT(machine.boot.FileNames(),
              ElementsAre("active+3.conf", "passive.conf"));
  EXPECT_THAT(RearmedEntries(machine.host),
              ElementsAre(Pair(std::string("active"), why)));
}

void ExpectNothing(Machine& machine, const std::string& why) {
  const Rearming rearming = machine.Rearm();
  EXPECT_THAT(rearming.entries, IsEmpty());
  EXPECT_THAT(rearming.why_none, HasSubstr(why));
  EXPECT_THAT(machine.boot.FileNames(),
              ElementsAre("active.conf", "passive.conf"));
  EXPECT_THAT(RearmedEntries(machine.host), IsEmpty());
}

TEST(RearmTest, AnEntryThatIsAsItCameUpWellStaysBlessed) {
  Machine machine;
  ExpectNothing(machine, "is another one than when it came up well");
}

// Another boot of it goes through the same, and another again.
TEST(RearmTest, ItStaysSoBootAfterBoot) {
  Machine machine;
  for (int boots = 0; boots < 3; ++boots) {
    machine.Boot();
    ExpectNothing(machine, "is another one");
  }
}

TEST(RearmTest, WhatIsGoneWithTheBootIsNoChange) {
  Machine machine;
  machine.host.Offer("/run/extensions/more.raw", ImageOf("more", &Vendor()),
                     Place::kForeign);
  machine.host.Offer("/run/extgate/foreign/sysext/older.raw",
                     ImageOf("older", &Vendor()), Place::kForeign);
  ExpectNothing(machine, "is another one");
}

TEST(RearmTest, FromAnotherEntryItLooksTheSame) {
  Machine machine;
  // What the stub handed to this one is not of the other.
  std::erase_if(machine.host.candidates, [](const Candidate& candidate) {
    return candidate.path == "/run/extgate/incoming/sysext/good.raw";
  });
  machine.host.facts.entry = "passive";
  ExpectNothing(machine, "is another one");
}

TEST(RearmTest, EachChangeOfAnImageMakesItCountedAgain) {
  struct {
    const char* name;
    std::function<void(Machine&)> change;
    const char* why;
  } const cases[] = {
      {"added beside it",
       [](Machine& m) { m.Put(kBeside, "new.raw", ImageOf("new", &Vendor())); },
       "the image `new` is new"},
      {"added for all entries",
       [](Machine& m) { m.Put(kForAll, "new.raw", ImageOf("new", &Vendor())); },
       "the image `new` is new"},
      {"added to a source",
       [](Machine& m) { m.Put("/more", "new.raw", "no image"); },
       "the image `new` is new"},
      {"removed", [](Machine& m) { m.Remove(kBeside, "good.raw"); },
       "the image `good` is gone"},
      {"another version of an image with a tree",
       [](Machine& m) {
         m.Put(kBeside, "good.raw",
               ImageOf("good", &Vendor(), Designator::kRoot, "debian"));
       },
       "the image `good` is another one"},
      {"another version of one without, of the same size",
       [](Machine& m) {
         std::string& bytes = m.host.files["/more/more.raw"];
         bytes.back() = static_cast<char>(bytes.back() + 1);
       },
       "the image `more` is another one"},
      {"an image that cannot be read any more",
       [](Machine& m) { m.host.unreadable_files.insert("/more/more.raw"); },
       "the image `more` is another one"},
      {"the policy",
       [](Machine& m) {
         m.host.AddPolicy(
             "extension_policy:\n  rules:\n    - {id: a, match: {name: a}, "
             "verdict: deny}\n");
       },
       "the policy is another one"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Machine machine;
    c.change(machine);
    ExpectRearmed(machine, c.why);
  }
}

// The stub takes files, not what Linux would take for an image there.
TEST(RearmTest, DirectoriesBesideTheUkiAreNothingToTheStub) {
  Machine machine;
  Candidate tree;
  tree.file_name = "tree";
  tree.path = absl::StrCat(kBeside, "/tree");
  tree.kind = Container::kDirectory;
  machine.host.candidates_of[kBeside].push_back(tree);
  machine.Put(kBeside, "picked.raw", ImageOf("picked", &Vendor()));
  machine.host.candidates_of[kBeside].back().path =
      absl::StrCat(kBeside, "/picked.raw.v/picked_1.raw");
  ExpectNothing(machine, "is another one");
}

TEST(RearmTest, AModeThatEndsWithTheBootIsNoChange) {
  Machine machine;
  machine.host.running_mode =
      absl::StrCat("permissive boot ", machine.host.boot_id, "\n");
  EXPECT_EQ(LoadPolicy(machine.ports()).policy.mode, Mode::kPermissive);
  ExpectNothing(machine, "is another one");
}

TEST(RearmTest, WhereNothingCouldFailNothingIsCounted) {
  Machine machine;
  machine.host.policy_texts.clear();
  machine.host.AddPolicy(PolicyTrustingVendor("  mode: permissive\n"));
  ExpectNothing(machine, "the next boot is permissive");
}

// The stores of the others are not mounted there.
TEST(RearmTest, RecoveryAndLiveMediaCountNothing) {
  for (const char* entry : {"recovery", "live"}) {
    Machine machine;
    machine.Remove(kBeside, "good.raw");
    machine.host.facts.entry = entry;
    ExpectNothing(machine, absl::StrCat("this is `", entry, "`"));
  }
}

// A boot that is being failed, and the one after it.
TEST(RearmTest, WhatIsCountedKeepsItsTries) {
  for (const char* file : {"active+0-1.conf", "active+2-1.conf"}) {
    Machine machine;
    machine.boot.assessment.entries.clear();
    machine.boot.AddEntry(file, "0001");
    machine.Put(kBeside, "more.raw", ImageOf("more", &Vendor()));
    EXPECT_THAT(machine.Rearm().entries, IsEmpty());
    EXPECT_THAT(machine.boot.FileNames(), ElementsAre(file));
  }
}

TEST(RearmTest, AnEntryOfWhichNothingIsKnownStaysAsItIs) {
  for (const char* state : {"", "no message"}) {
    Machine machine;
    machine.host.state["good-generations"] = state;
    machine.Put(kBeside, "more.raw", ImageOf("more", &Vendor()));
    ExpectNothing(machine, "is another one");
  }
}

TEST(RearmTest, WhatMayNotFailNeedsNoTries) {
  Machine machine;
  machine.host.AddPolicy(
      "extension_policy:\n  fail_boot:\n    entries: [edge]\n");
  ExpectNothing(machine, "is another one");
}

TEST(RearmTest, ItIsForgivenWhatItWasFailedFor) {
  Machine machine;
  FailedBoot boot;
  boot.entry = "active";
  boot.rejected = true;
  ASSERT_TRUE(KeepFailedBoots(machine.ports(), {boot}).ok());
  machine.Put(kBeside, "more.raw", ImageOf("more", &Vendor()));
  EXPECT_THAT(machine.Rearm().entries, SizeIs(1));
  EXPECT_THAT(KnownFailedBoots(machine.ports()), IsEmpty());
}

TEST(RearmTest, OnceItCameUpWellNothingIsSaidAnyMore) {
  Machine machine;
  machine.Remove("/more", "more.raw");
  ExpectRearmed(machine, "the image `more` is gone");
  machine.Boot();
  EXPECT_THAT(RearmedEntries(machine.host), IsEmpty());
  machine.boot.assessment.entries.clear();
  machine.boot.AddEntry("active.conf", "0001");
  machine.boot.AddEntry("passive.conf", "0002");
  ExpectNothing(machine, "is another one");
}

TEST(RearmTest, AnEspThatCannotBeWrittenIsAnError) {
  Machine machine;
  machine.Put(kBeside, "more.raw", ImageOf("more", &Vendor()));
  machine.boot.set_tries_error = absl::ResourceExhaustedError("it is full");
  EXPECT_EQ(RearmChangedEntries(machine.ports()).status(),
            machine.boot.set_tries_error);
  machine.boot.set_tries_error = absl::NotFoundError("it is gone");
  EXPECT_THAT(machine.Rearm().entries, IsEmpty());
  machine.boot.assessment_error = absl::NotFoundError("no ESP");
  EXPECT_EQ(RearmChangedEntries(machine.ports()).status(),
            machine.boot.assessment_error);
  EXPECT_EQ(RearmChangedEntries(machine.host.ports()).status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace extgate
