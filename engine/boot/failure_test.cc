#include "engine/boot/failure.h"

#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::HasSubstr;

BootEntry Entry(const std::string& file_name, const std::string& sort_key) {
  auto entry = EntryOfDescription(
      "/loader/entries", file_name,
      "efi /EFI/kairos/x.efi\nsort-key " + sort_key + "\n", "x64");
  EXPECT_TRUE(entry.ok()) << entry.status();
  return *std::move(entry);
}

// Kairos' entries in the middle of the first try of active.
struct Machine {
  BootAssessment assessment;
  std::string entry = "active";
  std::vector<std::string> may_fail = {"active"};
  std::set<std::string> failing;  // entries whose images would not pass

  Machine() {
    assessment.entries = {Entry("active+2-1.conf", "0001"),
                          Entry("passive+3.conf", "0002"),
                          Entry("recovery+3.conf", "0003")};
    assessment.counted_path = "/loader/entries/active+2-1.conf";
  }

  FailureOutlook Outlook() const {
    return OutlookOfFailing(
        assessment, entry, may_fail,
        [](const BootEntry& of) { return of.name.stem(); },
        [&](const BootEntry& of) { return !failing.contains(of.name.stem()); });
  }
};

TEST(FailureTest, ItIsWorthItWhereAnotherEntryComesUp) {
  const FailureOutlook outlook = Machine().Outlook();
  EXPECT_EQ(outlook.why_not, "");
  EXPECT_EQ(outlook.next, "passive.conf");
}

TEST(FailureTest, TheCaseOfAFatNameDoesNotMatter) {
  Machine machine;
  machine.assessment.counted_path = "/LOADER/ENTRIES/ACTIVE+2-1.CONF";
  EXPECT_EQ(machine.Outlook().next, "passive.conf");
}

TEST(FailureTest, CountersCanBeSpelledOtherwise) {
  Machine machine;
  machine.assessment.counted_path = "/loader/entries/active+02-01.conf";
  EXPECT_EQ(machine.Outlook().next, "passive.conf");
  // Nothing that a boot loader would say.
  for (const char* path : {"active+2-1.conf", "/loader/entries/active+2-1",
                           "/EFI/Linux/active+2-1.conf"}) {
    machine.assessment.counted_path = path;
    EXPECT_EQ(CountedEntry(machine.assessment), std::nullopt) << path;
  }
}

TEST(FailureTest, APatternThatPinsAnotherEntryIsNoHindrance) {
  Machine machine;
  machine.assessment.choice.default_file = "recovery.conf";
  EXPECT_EQ(machine.Outlook().next, "recovery.conf");
}

TEST(FailureTest, WhereItIsNotItSaysWhy) {
  struct {
    const char* name;
    std::function<void(Machine&)> change;
    const char* why;
  } const cases[] = {
      {"another entry is booted", [](Machine& m) { m.entry = "passive"; },
       "`passive` is not one of fail_boot.entries"},
      {"nothing tells which entry it is", [](Machine& m) { m.entry.clear(); },
       "nothing tells which entry is booted"},
      {"no entry may be failed", [](Machine& m) { m.may_fail.clear(); },
       "is not one of fail_boot.entries"},
      {"the boot is not counted",
       [](Machine& m) { m.assessment.counted_path.clear(); },
       "this boot is not counted"},
      {"its file is gone",
       [](Machine& m) {
         m.assessment.counted_path = "/loader/entries/active+1-2.conf";
       },
       "is not there any more"},
      {"another entry is counted",
       [](Machine& m) {
         m.assessment.counted_path = "/loader/entries/passive+3.conf";
       },
       "the entry that is counted is `passive.conf`"},
      {"it is the only entry",
       [](Machine& m) { m.assessment.entries = {m.assessment.entries[0]}; },
       "there is no other entry"},
      {"it is the default",
       [](Machine& m) { m.assessment.choice.default_file = "active*"; },
       "`active.conf` is pinned by default of loader.conf"},
      {"a variable pins it",
       [](Machine& m) { m.assessment.choice.default_variable = "active.conf"; },
       "`active.conf` is pinned by LoaderEntryDefault"},
      {"the last one is the default",
       [](Machine& m) {
         m.assessment.choice.default_variable = "@saved";
         m.assessment.choice.last_booted = "active.conf";
       },
       "`active.conf` is pinned by LoaderEntryDefault"},
      {"all others have failed",
       [](Machine& m) {
         m.assessment.entries = {Entry("active+2-1.conf", "0004"),
                                 Entry("passive+0-3.conf", "0002")};
       },
       "`passive.conf`, has failed itself"},
      {"the next one would not pass either",
       [](Machine& m) { m.failing = {"passive"}; },
       "the images of the next entry, `passive.conf`, would not pass either"},
  };
  for (const auto& c : cases) {
    Machine machine;
    c.change(machine);
    const FailureOutlook outlook = machine.Outlook();
    EXPECT_THAT(outlook.why_not, HasSubstr(c.why)) << c.name;
    EXPECT_EQ(outlook.next, "") << c.name;
  }
}

}  // namespace
}  // namespace extgate
