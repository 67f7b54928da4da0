#include "engine/boot/boot_status.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

BootEntry Entry(const std::string& file_name) {
  auto entry = EntryOfDescription("/loader/entries", file_name,
                                  "title T\nefi /a.efi\n", "x64");
  EXPECT_TRUE(entry.ok()) << entry.status();
  return *std::move(entry);
}

BootAssessment TwoEntries() {
  BootAssessment assessment;
  assessment.entries = {Entry("active+2-1.conf"), Entry("old+0-3.conf")};
  assessment.counted_path = "/loader/entries/active+2-1.conf";
  assessment.selected = "active.conf";
  return assessment;
}

TEST(BootStatusTest, TheCountedOneIsBooted) {
  BootAssessment assessment = TwoEntries();
  BootStatus status = MakeBootStatus(assessment, "active", {});
  EXPECT_EQ(status.counted, 0u);
  EXPECT_EQ(status.booted, 0u);
  EXPECT_EQ(status.next->entry, 0u);
  assessment.counted_path.clear();
  assessment.selected = "old.conf";
  status = MakeBootStatus(assessment, "old", {});
  EXPECT_EQ(status.counted, std::nullopt);
  EXPECT_EQ(status.booted, 1u);
  // An id that is not known names nothing.
  assessment.selected.clear();
  EXPECT_EQ(MakeBootStatus(assessment, "", {}).booted, std::nullopt);
  EXPECT_EQ(MakeBootStatus({}, "", {}).next, std::nullopt);
}

TEST(BootStatusTest, StatesAreByCounters) {
  EXPECT_EQ(StateOf(Entry("a.conf")), EntryState::kGood);
  EXPECT_EQ(StateOf(Entry("a+1-2.conf")), EntryState::kCounted);
  EXPECT_EQ(StateOf(Entry("a+0.conf")), EntryState::kBad);
}

TEST(BootStatusTest, JsonHasAllOfIt) {
  BootAssessment assessment = TwoEntries();
  assessment.choice.default_file = "act*";
  assessment.remarks = {"odd \xff"};
  BootStatus status =
      MakeBootStatus(assessment, "active", {"`active.conf` is pinned", ""});
  status.rearmed["active.conf"] = "the image `a` is new";
  EXPECT_EQ(BootStatusToJson(status), R"({
 "entry": "active",
 "booted": "active.conf",
 "counted": true,
 "entries": [
  {
   "id": "active.conf",
   "partition": "esp",
   "path": "/loader/entries/active+2-1.conf",
   "title": "T",
   "version": "",
   "sort_key": "",
   "state": "counted",
   "tries_left": 2,
   "tries_done": 1,
   "booted": true,
   "next": true,
   "rearmed": "the image `a` is new"
  },
  {
   "id": "old.conf",
   "partition": "esp",
   "path": "/loader/entries/old+0-3.conf",
   "title": "T",
   "version": "",
   "sort_key": "",
   "state": "bad",
   "tries_left": 0,
   "tries_done": 3,
   "booted": false,
   "next": false,
   "rearmed": ""
  }
 ],
 "next": "active.conf",
 "next_by": "default of loader.conf",
 "pins": [
  {
   "source": "default of loader.conf",
   "pattern": "act*"
  }
 ],
 "after_failure": "",
 "no_failure": "`active.conf` is pinned",
 "remarks": [
  "odd \\xff"
 ]
}
)");
}

}  // namespace
}  // namespace extgate
