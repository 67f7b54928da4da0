#include "engine/boot/boot_order.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;

BootEntry Entry(const std::string& file_name, const std::string& sort_key = "",
                const std::string& version = "") {
  auto entry = EntryOfDescription(
      "/loader/entries", file_name,
      absl::StrCat("efi /EFI/kairos/x.efi\n",
                   sort_key.empty() ? "" : "sort-key " + sort_key + "\n",
                   version.empty() ? "" : "version " + version + "\n"),
      "x64");
  EXPECT_TRUE(entry.ok()) << entry.status();
  return *std::move(entry);
}

std::vector<std::string> Shown(std::vector<BootEntry> entries) {
  SortAsShown(entries);
  std::vector<std::string> names;
  for (const BootEntry& entry : entries) {
    names.push_back(entry.name.With(entry.name.tries()));
  }
  return names;
}

TEST(BootOrderTest, KairosEntriesGoBySortKeyAndTheBadOneLast) {
  EXPECT_THAT(
      Shown({Entry("passive+3.conf", "0002"), Entry("recovery+3.conf", "0003"),
             Entry("active+0-3.conf", "0001")}),
      ElementsAre("passive+3.conf", "recovery+3.conf", "active+0-3.conf"));
  EXPECT_THAT(Shown({Entry("passive+3.conf", "0002"),
                     Entry("active+1-2.conf", "0001")}),
              ElementsAre("active+1-2.conf", "passive+3.conf"));
}

// Seen in a real boot (spec/real-boot.md): by id as a version, newest first.
TEST(BootOrderTest, WithoutSortKeysPassiveComesBeforeActive) {
  EXPECT_THAT(Shown({Entry("active.conf"), Entry("passive.conf")}),
              ElementsAre("passive.conf", "active.conf"));
  EXPECT_THAT(Shown({Entry("active.conf"), Entry("keyed.conf", "x")}),
              ElementsAre("keyed.conf", "active.conf"));
}

TEST(BootOrderTest, NewVersionsBeforeOldOnes) {
  EXPECT_THAT(Shown({Entry("a.conf", "os", "9"), Entry("b.conf", "os", "10")}),
              ElementsAre("b.conf", "a.conf"));
}

TEST(BootOrderTest, OfTwoAlikeTheOneWithMoreTriesLeft) {
  EXPECT_THAT(Shown({Entry("a+1-2.conf"), Entry("a+2-1.conf")}),
              ElementsAre("a+2-1.conf", "a+1-2.conf"));
  EXPECT_THAT(Shown({Entry("a+1-2.conf"), Entry("a+1-1.conf")}),
              ElementsAre("a+1-1.conf", "a+1-2.conf"));
}

class NextToBootTest : public ::testing::Test {
 protected:
  // Sorted: passive, then active, which is found bad.
  const std::vector<BootEntry> entries_ = {Entry("passive+3.conf", "0002"),
                                           Entry("active+0-3.conf", "0001")};

  std::string Next(const LoaderChoice& choice) {
    const auto next = NextToBoot(entries_, choice);
    return next.has_value() ? absl::StrCat(entries_[next->entry].name.stem(),
                                           " by ", ToWord(next->chosen_by))
                            : "nothing";
  }
};

TEST_F(NextToBootTest, TheFirstWhereNothingIsPinned) {
  EXPECT_EQ(Next({}), "passive by order");
  EXPECT_EQ(NextToBoot({}, {}), std::nullopt);
}

// spec/systemd.md, section 0.8.
TEST_F(NextToBootTest, APinnedDefaultIsStartedThoughItIsBad) {
  LoaderChoice choice;
  choice.default_file = "active*";
  EXPECT_EQ(Next(choice), "active by default of loader.conf");
  choice.default_variable = "ACTIVE.conf";
  EXPECT_EQ(Next(choice), "active by LoaderEntryDefault");
  choice.one_shot = "passive.conf";
  EXPECT_EQ(Next(choice), "passive by LoaderEntryOneShot");
}

TEST_F(NextToBootTest, WhatIsPreferredPassesOverTheBad) {
  LoaderChoice choice;
  choice.preferred_variable = "active.conf";
  EXPECT_EQ(Next(choice), "passive by order");
  choice.preferred_file = "passive.conf";
  EXPECT_EQ(Next(choice), "passive by preferred");
  choice.default_variable = "active.conf";
  EXPECT_EQ(Next(choice), "passive by preferred");
}

TEST_F(NextToBootTest, SavedMeansTheOneBootedLast) {
  LoaderChoice choice;
  choice.default_file = "@saved";
  EXPECT_EQ(Next(choice), "passive by order");
  choice.last_booted = "active.conf";
  EXPECT_EQ(Next(choice), "active by default of loader.conf");
}

TEST_F(NextToBootTest, WhatMatchesNothingPinsNothing) {
  LoaderChoice choice;
  choice.default_file = "gone*";
  choice.one_shot = "gone.conf";
  EXPECT_EQ(Next(choice), "passive by order");
}

TEST(LoaderConfTest, ItsPatternsAreRead) {
  const LoaderChoice choice = WithLoaderConf(
      {},
      "# default no\r\ntimeout 3\ndefault  active*\npreferred\tpassive*\n"
      "default\n");
  EXPECT_EQ(choice.default_file, "active*");
  EXPECT_EQ(choice.preferred_file, "passive*");
}

}  // namespace
}  // namespace extgate
