#include "adapters/boot_loader.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mount.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/testing/mount_namespace.h"
#include "adapters/testing/temp_root.h"
#include "engine/boot/failure.h"
#include "engine/boot/stub_version.h"
#include "engine/boot/testing/uki.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kEfivars[] = "/sys/firmware/efi/efivars/";
constexpr char kVendor[] = "-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";

std::string Utf16(absl::string_view text) {
  std::string bytes;
  for (char c : text) bytes += std::string{c, '\0'};
  return bytes + std::string(2, '\0');
}

// Kairos' entries in the middle of the first try of active.
class BootLoaderTest : public ::testing::Test {
 protected:
  BootLoaderTest() {
    Entry("active+2-1", "0001");
    Entry("passive+3", "0002");
    Entry("recovery", "0003");
    Set("LoaderInfo", "systemd-boot 257.13-1~deb13u1");
    Set("LoaderBootCountPath", "\\loader\\entries\\active+2-1.conf");
    Set("LoaderEntrySelected", "active.conf");
  }

  void Entry(const std::string& stem, const std::string& sort_key) {
    const std::string id = stem.substr(0, stem.find('+'));
    root_.File(absl::StrCat("/efi/loader/entries/", stem, ".conf"),
               absl::StrCat("efi /EFI/kairos/", id, ".efi\nsort-key ", sort_key,
                            "\n"));
    root_.File(absl::StrCat("/efi/EFI/kairos/", id, ".efi"), "MZ");
  }

  void SetBytes(absl::string_view name, absl::string_view data) {
    root_.File(absl::StrCat(kEfivars, name, kVendor),
               absl::StrCat(absl::string_view("\x06\0\0\0", 4), data));
  }
  void Set(absl::string_view name, absl::string_view text) {
    SetBytes(name, Utf16(text));
  }

  BootAssessment Assess() {
    auto assessment = loader_.Assessment();
    EXPECT_TRUE(assessment.ok()) << assessment.status();
    return assessment.ok() ? *std::move(assessment) : BootAssessment();
  }
  std::vector<std::string> Ids() {
    std::vector<std::string> ids;
    for (const BootEntry& entry : Assess().entries) ids.push_back(entry.Id());
    return ids;
  }

  TempRoot root_;
  BootLoader loader_{root_.places(), {}};
};

TEST_F(BootLoaderTest, SaysWhatIsThereAndWhichIsCounted) {
  const BootAssessment assessment = Assess();
  EXPECT_THAT(Ids(),
              ElementsAre("active.conf", "passive.conf", "recovery.conf"));
  EXPECT_EQ(CountedEntry(assessment), 0u);
  EXPECT_EQ(assessment.selected, "active.conf");
  EXPECT_EQ(assessment.choice, LoaderChoice());
  EXPECT_THAT(assessment.remarks, IsEmpty());
}

TEST_F(BootLoaderTest, XbootldrIsReadToo) {
  root_.File("/boot/loader/entries/debian+1.conf", "linux /vmlinuz\n");
  root_.File("/boot/vmlinuz", "x");
  BootLoader both(root_.places(), {root_.At("/efi"), root_.At("/boot")});
  const auto assessment = both.Assessment();
  ASSERT_TRUE(assessment.ok()) << assessment.status();
  ASSERT_EQ(assessment->entries.size(), 4u);
  const BootEntry& debian = assessment->entries[3];
  EXPECT_EQ(debian.partition, BootPartition::kXbootldr);
  ASSERT_TRUE(both.SetTries(debian, std::nullopt).ok());
  EXPECT_TRUE(root_.Exists("/boot/loader/entries/debian.conf"));
  EXPECT_EQ(loader_.SetTries(debian, std::nullopt).code(),
            absl::StatusCode::kNotFound);
}

TEST_F(BootLoaderTest, WhatPinsAnEntryIsRead) {
  root_.File("/efi/loader/loader.conf", "default a*\npreferred p*\n");
  Set("LoaderEntryOneShot", "recovery.conf");
  Set("LoaderEntryDefault", "@saved");
  Set("LoaderEntryLastBooted", "passive.conf");
  Set("LoaderEntryPreferred", "recovery.conf");
  LoaderChoice choice;
  choice.one_shot = "recovery.conf";
  choice.default_variable = "@saved";
  choice.default_file = "a*";
  choice.last_booted = "passive.conf";
  EXPECT_EQ(Assess().choice, choice);
  Set("LoaderInfo", "systemd-boot 260");
  choice.preferred_variable = "recovery.conf";
  choice.preferred_file = "p*";
  EXPECT_EQ(Assess().choice, choice);
}

// As systemd-boot has it: what is no text is not set.
TEST_F(BootLoaderTest, VariablesOfOddSizeAreSaidAndNotSet) {
  SetBytes("LoaderBootCountPath", "abc");
  SetBytes("LoaderEntryDefault", "x");
  root_.File(absl::StrCat(kEfivars, "LoaderEntryOneShot", kVendor), "ab");
  const BootAssessment assessment = Assess();
  EXPECT_EQ(assessment.counted_path, "");
  EXPECT_EQ(assessment.choice, LoaderChoice());
  EXPECT_THAT(
      assessment.remarks,
      ElementsAre(HasSubstr("LoaderEntryOneShot is taken for not set: "),
                  HasSubstr("LoaderEntryDefault is taken for not set: "),
                  HasSubstr("LoaderBootCountPath is taken for not set: ")));
}

TEST_F(BootLoaderTest, WithoutVariablesNothingIsCounted) {
  root_.Remove("/sys");
  const BootAssessment assessment = Assess();
  EXPECT_EQ(assessment.entries.size(), 3u);
  EXPECT_EQ(assessment.counted_path, "");
  EXPECT_EQ(assessment.selected, "");
}

TEST_F(BootLoaderTest, WithoutAnEspThereIsNothing) {
  root_.Remove("/efi");
  EXPECT_EQ(loader_.Assessment().status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(loader_.ReadNote("why").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(loader_.WriteNote("why", "x").code(), absl::StatusCode::kNotFound);
}

TEST_F(BootLoaderTest, TriesAreSetAndRepairedBefore) {
  const BootEntry active = Assess().entries[0];
  Entry("active", "0001");  // a bless that was cut short
  root_.File("/efi/loader/entries/passive+1-2.conf", "");
  ASSERT_TRUE(loader_.SetTries(active, Tries{0, 1}).ok());
  EXPECT_THAT(
      root_.Tree("/efi/loader/entries"),
      ElementsAre("active+0-1.conf", "passive+3.conf", "recovery.conf"));
  EXPECT_THAT(loader_.Told(),
              ElementsAre(HasSubstr("removed `/loader/entries/active.conf`"),
                          HasSubstr("removed `/loader/entries/passive+1-2")));
  EXPECT_THAT(Ids(),
              ElementsAre("passive.conf", "recovery.conf", "active.conf"));
  // It is done.
  EXPECT_TRUE(loader_.SetTries(active, Tries{0, 1}).ok());
  EXPECT_THAT(loader_.Told(), IsEmpty());
}

TEST_F(BootLoaderTest, OneAtATime) {
  const auto other =
      root_.places().root().OpenAt("/efi", O_RDONLY | O_DIRECTORY);
  ASSERT_TRUE(other.ok());
  ASSERT_EQ(flock(other->get(), LOCK_EX), 0);
  EXPECT_EQ(loader_.SetTries(Assess().entries[0], std::nullopt).code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(loader_.WriteNote("why", "x").code(),
            absl::StatusCode::kUnavailable);
  ASSERT_EQ(flock(other->get(), LOCK_UN), 0);
  EXPECT_TRUE(loader_.SetTries(Assess().entries[0], std::nullopt).ok());
}

TEST_F(BootLoaderTest, ImagesLieBesideTheProgram) {
  EXPECT_THAT(loader_.ExtraDirectories(Assess().entries[0]), IsEmpty());
  root_.Directory("/efi/EFI/kairos/active.efi.extra.d");
  EXPECT_THAT(loader_.ExtraDirectories(Assess().entries[0]),
              ElementsAre("/efi/EFI/kairos/active.efi.extra.d"));
}

TEST_F(BootLoaderTest, GrubLeavesItsVariablesOnCosState) {
  const std::string head = "# GRUB Environment Block\n";
  const char* const state = "/run/initramfs/cos-state";
  root_.Directory(state);
  // systemd-boot started it.
  EXPECT_EQ(loader_.Grub().status().code(), absl::StatusCode::kNotFound);
  root_.Remove("/sys");
  const auto grub = [&] {
    const auto found = loader_.Grub();
    EXPECT_TRUE(found.ok()) << found.status();
    return found.ok() ? *found : GrubAssessment();
  };
  EXPECT_EQ(grub(), GrubAssessment());
  root_.File(absl::StrCat(state, "/boot_assessment"),
             absl::StrCat(head,
                          "enable_boot_assessment=\n"
                          "boot_assessment_tentative=yes\n###"));
  EXPECT_FALSE(grub().enabled);
  root_.File(absl::StrCat(state, "/grub_oem_env"),
             absl::StrCat(head, "enable_boot_assessment_always=yes\n"));
  EXPECT_TRUE(grub().armed());
  EXPECT_FALSE(grub().has_fallback);
  root_.File(absl::StrCat(state, "/cOS/passive.img"), "x");
  EXPECT_TRUE(grub().has_fallback);
  root_.File("/oem/grubenv", absl::StrCat(head, "next_entry=recovery\n"));
  EXPECT_EQ(grub().next_entry, "recovery");
  EXPECT_FALSE(grub().fell_back);
  root_.File("/proc/cmdline", "a upgrade_failures xupgrade_failure\n");
  EXPECT_FALSE(grub().fell_back);
  root_.File("/proc/cmdline", "root=LABEL=COS_PASSIVE upgrade_failure\n");
  EXPECT_TRUE(grub().fell_back);
  root_.File("/proc/cmdline", "");
  root_.File("/run/cos/upgrade_failure", "1");
  EXPECT_TRUE(grub().fell_back);
  root_.File("/oem/grubenv", std::string(1024, '\0'));
  EXPECT_EQ(loader_.Grub().status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(loader_.Grub().status().message()),
              HasSubstr("/oem/grubenv"));
  root_.Remove(state);
  EXPECT_EQ(loader_.Grub().status().code(), absl::StatusCode::kNotFound);
}

// The stub of the entry says which directories, not the one that was booted.
TEST_F(BootLoaderTest, FromSystemd258OnImagesForAllEntriesAreFoundToo) {
  const char* const global = "/efi/loader/extensions";
  root_.Directory(global);
  const auto found = [&] {
    return loader_.ExtraDirectories(Assess().entries[0]);
  };
  EXPECT_THAT(found(), IsEmpty());
  Set("StubInfo", "systemd-stub 257.13");
  EXPECT_THAT(found(), IsEmpty());
  Set("StubInfo", "systemd-stub 258");
  EXPECT_THAT(found(), ElementsAre(global));
  root_.File("/efi/EFI/kairos/active.efi", BuildUki("", "257.13-1~deb13u1"));
  EXPECT_THAT(found(), IsEmpty());
  root_.File("/efi/EFI/kairos/active.efi", BuildUki("", "258.1"));
  root_.Directory("/efi/EFI/kairos/active.efi.extra.d");
  Set("StubInfo", "systemd-stub 257.13");
  EXPECT_THAT(found(),
              ElementsAre("/efi/EFI/kairos/active.efi.extra.d", global));
}

// A read-only mount, as Kairos has /efi, is read-only again also on errors.
TEST_F(BootLoaderTest, AReadOnlyMountIsWrittenTo) {
  const int status = InMountNamespace(root_, [&] {
    if (!MountTmpfs(root_, "/efi", "size=64k")) return kNoRightToMount;
    Entry("active+2-1", "0001");
    // The root was opened anew there.
    BootLoader loader(root_.places(), {});
    const auto entry = loader.Assessment();
    if (!entry.ok()) return 1;
    const auto set_read_only = [&] {
      return mount(nullptr, root_.At("/efi").c_str(), nullptr,
                   MS_REMOUNT | MS_RDONLY, nullptr) == 0;
    };
    const auto read_only = [&] {
      return absl::IsPermissionDenied(
          root_.places()
              .root()
              .OpenAt("/efi/new", O_CREAT | O_WRONLY, 0600)
              .status());
    };
    if (!set_read_only() || !read_only()) return 2;
    if (!loader.WriteNote("why", "x").ok() || !read_only()) return 3;
    // Full.
    const absl::Status full =
        loader.WriteNote("why", std::string(100 * 1024, 'x'));
    if (!absl::IsResourceExhausted(full) || !read_only()) return 4;
    auto kept = loader.ReadNote("why");
    if (!kept.ok() || *kept != "x") return 5;
    if (!loader.SetTries(entry->entries[0], std::nullopt).ok()) return 6;
    return read_only() && root_.Exists("/efi/loader/entries/active.conf") ? 0
                                                                          : 7;
  });
  if (status == kNoRightToMount) GTEST_SKIP() << "nobody may mount here";
  EXPECT_EQ(status, 0);
}

TEST(LoaderVersionTest, IsTheFirstNumber) {
  EXPECT_EQ(VersionOf("systemd-boot 257.13-1~deb13u1", "systemd-boot"), 257);
  EXPECT_EQ(VersionOf("systemd-stub 260~rc1", "systemd-stub"), 260);
  EXPECT_EQ(VersionOf("systemd-boot devel", "systemd-boot"), 0);
  EXPECT_EQ(VersionOf("GRUB 2.12", "systemd-boot"), 0);
  EXPECT_EQ(VersionOf("", "systemd-boot"), 0);
}

}  // namespace
}  // namespace extgate
