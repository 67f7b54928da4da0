#include "adapters/boot_entries.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/partition_files.h"
#include "adapters/testing/temp_root.h"
#include "engine/boot/testing/uki.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr char kRelease[] = "ID=kairos\nVERSION_ID=4\nPRETTY_NAME=Kairos 4\n";

EntriesFound Read(const TempRoot& root) {
  MountedFiles files(root.places().root());
  auto found = ReadBootEntries(files, BootPartition::kXbootldr, "x64");
  EXPECT_TRUE(found.ok()) << found.status();
  return found.ok() ? *std::move(found) : EntriesFound();
}

std::vector<std::string> PathsIn(const TempRoot& root) {
  std::vector<std::string> paths;
  for (const BootEntry& entry : Read(root).entries) {
    paths.push_back(entry.path());
  }
  return paths;
}

TEST(BootEntriesTest, BothKindsAreRead) {
  TempRoot root;
  root.File("/loader/entries/active+2-1.conf",
            "title Kairos\nefi /EFI/kairos/active.efi\n");
  root.File("/EFI/kairos/active.efi", "MZ");
  root.File("/EFI/Linux/passive+3.efi", BuildUki(kRelease));
  const EntriesFound found = Read(root);
  ASSERT_EQ(found.entries.size(), 2u);
  EXPECT_EQ(found.entries[0].title, "Kairos");
  EXPECT_EQ(found.entries[0].partition, BootPartition::kXbootldr);
  EXPECT_EQ(found.entries[1].title, "Kairos 4");
  EXPECT_EQ(found.entries[1].sort_key, "kairos");
  EXPECT_EQ(found.entries[1].path(), "/EFI/Linux/passive+3.efi");
  EXPECT_THAT(found.remarks, IsEmpty());
}

TEST(BootEntriesTest, CaseDoesNotMatter) {
  TempRoot root;
  root.File("/LOADER/Entries/A.CONF", "efi \\efi\\KAIROS\\a.EFI\n");
  root.File("/EFI/kairos/A.efi", "MZ");
  root.File("/EFI/LINUX/B.EFI", BuildUki(kRelease));
  EXPECT_THAT(PathsIn(root), UnorderedElementsAre("/LOADER/Entries/A.CONF",
                                                  "/EFI/LINUX/B.EFI"));
}

TEST(BootEntriesTest, WhatSystemdBootDoesNotShowIsPassedOver) {
  TempRoot root;
  root.File("/loader/entries/gone.conf", "efi /EFI/gone.efi\n");
  root.File("/loader/entries/empty+3.conf", "");
  root.File("/loader/entries/.hidden.conf", "efi /a.efi\n");
  root.File("/loader/entries/notes.txt", "efi /a.efi\n");
  root.File("/a.efi", "MZ");
  root.Directory("/loader/entries/directory.conf");
  root.File("/EFI/Linux/empty+3.efi", "");
  const EntriesFound found = Read(root);
  EXPECT_THAT(found.entries, IsEmpty());
  EXPECT_THAT(found.remarks, IsEmpty());
}

TEST(BootEntriesTest, WhatIsBrokenIsSaid) {
  TempRoot root;
  root.File("/EFI/Linux/broken.efi", std::string(200, 'x'));
  root.File("/EFI/Linux/cut.efi", BuildUki(kRelease).substr(0, 0x420));
  root.File("/EFI/Linux/garbled.efi", BuildUki("ID=\"a\n"));
  root.File("/EFI/Linux/long.efi", BuildUki(std::string(65537, '#')));
  root.File("/loader/entries/long.conf", std::string(65537, '#'));
  const EntriesFound found = Read(root);
  EXPECT_THAT(found.entries, IsEmpty());
  EXPECT_THAT(
      found.remarks,
      ElementsAre(
          "`/loader/entries/long.conf` is no boot entry: cannot read "
          "`/loader/entries/long.conf`: longer than 65536 bytes",
          "`/EFI/Linux/broken.efi` is no boot entry: no PE file: no `MZ` at "
          "offset 0",
          ::testing::HasSubstr("cut.efi` is no boot entry: no PE file"),
          ::testing::HasSubstr("garbled.efi` is no boot entry: "),
          ::testing::HasSubstr("section .osrel has 65537 bytes")));
}

TEST(BootEntriesTest, TwoFilesOfOneEntryAreSaid) {
  TempRoot root;
  root.File("/a.efi", "MZ");
  for (const char* name : {"a+2-1.conf", "A.conf", "b.conf"}) {
    root.File(absl::StrCat("/loader/entries/", name), "efi /a.efi\n");
  }
  EXPECT_THAT(Read(root).remarks,
              ElementsAre("`/loader/entries/A.conf` and "
                          "`/loader/entries/a+2-1.conf` are one boot entry"));
}

// What is behind the last "+" is a part of the name unless it is counters.
TEST(BootEntriesTest, OddCountersArePartOfTheName) {
  TempRoot root;
  root.File("/a.efi", "MZ");
  for (const char* name : {"a+0.conf", "b+3-.conf", "c++.conf", "d+.conf",
                           "e++1.conf", "f+-1.conf"}) {
    root.File(absl::StrCat("/loader/entries/", name), "efi /a.efi\n");
  }
  std::vector<std::string> seen;
  for (const BootEntry& entry : Read(root).entries) {
    seen.push_back(
        absl::StrCat(entry.Id(), entry.name.IsBad() ? " bad" : "",
                     entry.name.tries().has_value() ? " counted" : ""));
  }
  EXPECT_THAT(
      seen, UnorderedElementsAre("a.conf bad counted", "b+3-.conf", "c++.conf",
                                 "d+.conf", "e+.conf counted", "f+-1.conf"));
}

TEST(BootEntriesTest, AThousandAreEnough) {
  TempRoot root;
  for (int i = 0; i < 1025; ++i) {
    root.File(absl::StrCat("/loader/entries/", i, ".conf"));
  }
  MountedFiles files(root.places().root());
  EXPECT_EQ(ReadBootEntries(files, BootPartition::kEsp, "x64").status().code(),
            absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace extgate
