#include "engine/boot/boot_status.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::HasSubstr;

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
 ],
 "grub": false,
 "grub_armed": false,
 "upgrade_failure": false
}
)");
}

TEST(BootStatusTest, OfGrubJsonSaysWhetherItIsArmed) {
  BootStatus status;
  status.entry = "active";
  status.outlook.next = "passive";
  status.grub = GrubAssessment{true, true, "", true, false};
  const std::string armed = BootStatusToJson(status);
  EXPECT_THAT(armed, HasSubstr("\"grub\": true"));
  EXPECT_THAT(armed, HasSubstr("\"grub_armed\": true"));
  EXPECT_THAT(armed, HasSubstr("\"upgrade_failure\": false"));
  EXPECT_THAT(armed, HasSubstr("\"after_failure\": \"passive\""));
  status.grub = GrubAssessment{true, true, "cos", true, true};
  const std::string told = BootStatusToJson(status);
  EXPECT_THAT(told, HasSubstr("\"grub_armed\": false"));
  EXPECT_THAT(told, HasSubstr("\"upgrade_failure\": true"));
  EXPECT_THAT(told, HasSubstr("\"next\": \"cos\""));
}

}  // namespace
}  // namespace extgate
