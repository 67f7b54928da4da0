#include "engine/boot/boot_entry.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<BootEntry> Described(absl::string_view text) {
  return EntryOfDescription("/loader/entries", "Active+2-1.conf", text, "x64");
}

TEST(BootEntryTest, ADescriptionIsReadAsSystemdBootDoes) {
  const auto entry = Described(
      "# written by kairos-agent\r\n"
      "title Kairos\n  sort-key\t0001 \nversion  v4.3\nmachine-id abc\n"
      "title \"Kairos active\"\n"
      "efi \\EFI\\kairos\\active.efi\narchitecture X64\nunknown key\nlonely\n");
  ASSERT_TRUE(entry.ok()) << entry.status();
  EXPECT_EQ(entry->title, "Kairos active");
  EXPECT_EQ(entry->sort_key, "0001");
  EXPECT_EQ(entry->version, "v4.3");
  EXPECT_EQ(entry->machine_id, "abc");
  EXPECT_EQ(entry->program, "/EFI/kairos/active.efi");
  EXPECT_EQ(entry->Id(), "active.conf");
  EXPECT_EQ(entry->path(), "/loader/entries/Active+2-1.conf");
}

TEST(BootEntryTest, WhatIsPassedIsAllOptionsAndTheProfile) {
  const auto entry_of = [](const char* lines) {
    auto entry = EntryOfDescription("/loader/entries", "a.conf",
                                    std::string("uki /a.efi\n") + lines, "x64");
    EXPECT_TRUE(entry.ok()) << entry.status();
    return *std::move(entry);
  };
  const BootEntry entry =
      entry_of("options  quiet  one \nprofile 2\noptions\ttwo\n#options no\n");
  EXPECT_EQ(entry.options, "quiet  one two");
  EXPECT_EQ(entry.profile, 2);
  EXPECT_EQ(entry_of("").options, "");
  EXPECT_EQ(entry_of("").profile, 0);
  for (const char* none : {"profile x", "profile -1", "profile 65535"}) {
    EXPECT_EQ(entry_of(none).profile, 0) << none;
  }
}

TEST(BootEntryTest, WhatSystemdBootWouldNotShowIsNoEntry) {
  struct {
    const char* text;
    const char* why;
  } const cases[] = {
      {"title only\n", "names nothing to start"},
      {"efi /a.efi\nlinux /b\n", "names both `efi` and `linux`"},
      {"efi /a.efi\narchitecture aa64\n", "is for `aa64`"},
  };
  for (const auto& c : cases) {
    const auto entry = Described(c.text);
    EXPECT_EQ(entry.status().code(), absl::StatusCode::kNotFound) << c.text;
    EXPECT_THAT(std::string(entry.status().message()), HasSubstr(c.why));
  }
  for (const char* file_name : {"auto-windows.conf", ".a.conf", "a.efi"}) {
    EXPECT_FALSE(EntryOfDescription("/", file_name, "efi /a.efi\n", "x64").ok())
        << file_name;
  }
}

TEST(BootEntryTest, AUkiSaysByItsOsRelease) {
  const auto entry = EntryOfUki(
      "/EFI/Linux", "active+3.efi",
      "ID=kairos\nNAME=Kairos\nVERSION_ID=4.3\nPRETTY_NAME=\"Kairos 4.3\"\n");
  ASSERT_TRUE(entry.ok()) << entry.status();
  EXPECT_EQ(entry->title, "Kairos 4.3");
  EXPECT_EQ(entry->version, "4.3");
  EXPECT_EQ(entry->sort_key, "kairos");
  EXPECT_EQ(entry->program, "/EFI/Linux/active+3.efi");
  EXPECT_EQ(entry->Id(), "active.efi");
}

TEST(BootEntryTest, AnImageGoesBeforeItsSystem) {
  const auto entry = EntryOfUki("/EFI/Linux", "a.efi",
                                "ID=debian\nVERSION_ID=13\nIMAGE_ID=edge\n"
                                "IMAGE_VERSION=7\n");
  ASSERT_TRUE(entry.ok()) << entry.status();
  EXPECT_EQ(entry->sort_key, "edge");
  EXPECT_EQ(entry->version, "7");
  EXPECT_EQ(entry->title, "edge");
}

TEST(BootEntryTest, AUkiWithoutANameIsNoEntry) {
  EXPECT_EQ(EntryOfUki("/", "a.efi", "VERSION_ID=1\n").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(EntryOfUki("/", "a.conf", "ID=a\n").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(EntryOfUki("/", "a.efi", "ID=\"a\n").status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace extgate
