#include "adapters/install_places.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "adapters/testing/temp_root.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::string Little(uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) {
    out.push_back(static_cast<char>(value >> (8 * i)));
  }
  return out;
}

// A PE file of one section of that name (PE Format, Microsoft).
std::string PeWith(absl::string_view section) {
  std::string file = "MZ";
  file.resize(0x3c, '\0');
  file += Little(0x40, 4);
  file += std::string("PE\0\0", 4) + Little(0x8664, 2) + Little(1, 2) +
          std::string(12, '\0') + Little(0, 2) + Little(0, 2);
  std::string name(section);
  name.resize(8, '\0');
  file += name + Little(4, 4) + Little(0, 4) + Little(4, 4) + Little(128, 4) +
          std::string(16, '\0');
  file.resize(128, '\0');
  return file + "data";
}

struct Esp {
  TempRoot root;

  Esp() { root.File("/etc/os-release", "ID=debian\n"); }

  // A description of that name that starts `program`.
  Esp& Entry(const std::string& file_name, const std::string& program,
             const std::string& section = ".linux") {
    root.File("/efi/loader/entries/" + file_name,
              absl::StrCat("efi ", program, "\n"));
    root.File("/efi" + program, PeWith(section));
    return *this;
  }
  InstallPlaces Places(InstallWhere where = {}) {
    return InstallPlaces(root.places(), std::move(where));
  }
};

std::vector<std::string> Directories(InstallPlaces& places,
                                     const std::string& entry,
                                     ImageClass image_class) {
  const auto found = places.PlacesOf(entry, image_class);
  if (!found.ok()) return {std::string(found.status().message())};
  std::vector<std::string> directories;
  for (const InstallPlace& place : *found) {
    directories.push_back(place.directory);
  }
  return directories;
}

TEST(InstallPlacesTest, BesideTheKernelImageOfEachEntry) {
  Esp esp;
  esp.Entry("active+3.conf", "/EFI/kairos/active.efi")
      .Entry("passive.conf", "/EFI/kairos/passive.efi");
  InstallPlaces places = esp.Places();
  const auto entries = places.Entries();
  ASSERT_TRUE(entries.ok()) << entries.status();
  EXPECT_THAT(*entries, ElementsAre("active", "passive"));
  EXPECT_THAT(Directories(places, "active", ImageClass::kSysext),
              ElementsAre("/efi/EFI/kairos/active.efi.extra.d"));
  EXPECT_THAT(Directories(places, "nowhere", ImageClass::kSysext),
              ElementsAre(HasSubstr("nowhere")));
}

TEST(InstallPlacesTest, EntriesOfOneWordHaveAPlaceEach) {
  Esp esp;
  esp.Entry("recovery.conf", "/EFI/kairos/recovery.efi")
      .Entry("statereset.conf", "/EFI/kairos/statereset.efi")
      .Entry("recovery-old.conf", "/EFI/kairos/recovery.efi");
  InstallPlaces places = esp.Places();
  EXPECT_THAT(Directories(places, "recovery", ImageClass::kConfext),
              UnorderedElementsAre("/efi/EFI/kairos/recovery.efi.extra.d",
                                   "/efi/EFI/kairos/statereset.efi.extra.d"));
}

TEST(InstallPlacesTest, BesideAKernelImageIsThatKernelImage) {
  Esp esp;
  esp.Entry("active.conf", "/EFI/kairos/active.efi");
  InstallPlaces places = esp.Places();
  const auto beside = places.PlacesBeside("active");
  ASSERT_TRUE(beside.ok()) << beside.status();
  ASSERT_EQ(beside->size(), 1u);
  const InstallPlace& place = beside->front();
  EXPECT_EQ(place.directory, "/efi/EFI/kairos/active.efi.extra.d");
  const auto program = places.KernelImageOf(place);
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_EQ((*program)->size_bytes(), PeWith(".linux").size());
  EXPECT_TRUE(absl::IsNotFound(places.PlacesBeside("nowhere").status()));
  const auto none = places.SizeOf(place, "a.cred");
  ASSERT_TRUE(none.ok()) << none.status();
  EXPECT_EQ(*none, std::nullopt);
  esp.root.File("/efi/EFI/kairos/active.efi.extra.d/a.cred", "content");
  const auto size = places.SizeOf(place, "a.cred");
  ASSERT_TRUE(size.ok()) << size.status();
  EXPECT_EQ(*size, 7u);
}

TEST(InstallPlacesTest, AProgramWithoutAStubHandsNothingOn) {
  Esp esp;
  esp.Entry("debian.conf", "/EFI/debian/vmlinuz.efi", ".text");
  InstallPlaces places = esp.Places();
  const auto entries = places.Entries();
  EXPECT_TRUE(absl::IsNotFound(entries.status()));
  EXPECT_THAT(std::string(entries.status().message()),
              HasSubstr("unified kernel image"));
}

TEST(InstallPlacesTest, WithoutAnEspThereIsNoPlace) {
  Esp esp;
  InstallPlaces places = esp.Places();
  EXPECT_TRUE(absl::IsNotFound(places.Entries().status()));
}

TEST(InstallPlacesTest, KairosHasAStoreFrom34On) {
  const struct {
    const char* version;
    bool has_store;
    bool uses_store;
  } cases[] = {
      {"v3.3.9", false, false}, {"v3.3.9", true, true}, {"v3.4.0", false, true},
      {"v4.3.1", false, true},  {"4.0", false, true},   {"main", false, true},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.version);
    Esp esp;
    esp.Entry("active.conf", "/EFI/kairos/active.efi");
    esp.root.File("/etc/kairos-release",
                  absl::StrCat("KAIROS_VERSION=\"", one.version, "\"\n"));
    esp.root.Directory("/var/lib/kairos");
    if (one.has_store) esp.root.Directory("/var/lib/kairos/extensions");
    InstallPlaces places = esp.Places();
    EXPECT_THAT(
        Directories(places, "active", ImageClass::kSysext),
        ElementsAre(one.uses_store ? "/var/lib/kairos/extensions/active"
                                   : "/efi/EFI/kairos/active.efi.extra.d"));
  }
}

TEST(InstallPlacesTest, TheStoreHasTheEntriesOfKairosAndOfTheLoader) {
  Esp esp;
  esp.Entry("custom.conf", "/EFI/kairos/custom.efi");
  esp.root.Directory("/var/lib/kairos/extensions/edge");
  esp.root.Directory("/var/lib/kairos/extensions/common");
  esp.root.File("/var/lib/kairos/extensions/flat.raw", "x");
  InstallPlaces places = esp.Places({{}, InstallTarget::kStore, ""});
  const auto entries = places.Entries();
  ASSERT_TRUE(entries.ok()) << entries.status();
  EXPECT_THAT(*entries, UnorderedElementsAre("active", "passive", "recovery",
                                             "custom", "edge"));
  EXPECT_THAT(Directories(places, "edge", ImageClass::kConfext),
              ElementsAre("/var/lib/kairos/confexts/edge"));
  EXPECT_THAT(Directories(places, "common", ImageClass::kSysext),
              ElementsAre("/var/lib/kairos/extensions/common"));
}

TEST(InstallPlacesTest, RecoveryDoesNotMountTheStore) {
  Esp esp;
  esp.root.Directory("/var/lib/kairos");
  InstallPlaces grub = esp.Places({{}, InstallTarget::kStore, ""});
  EXPECT_THAT(Directories(grub, "recovery", ImageClass::kSysext),
              ElementsAre("/var/lib/kairos/extensions/recovery"));
  esp.Entry("recovery.conf", "/EFI/kairos/recovery.efi");
  InstallPlaces uki = esp.Places({{}, InstallTarget::kStore, ""});
  EXPECT_THAT(Directories(uki, "recovery", ImageClass::kSysext),
              ElementsAre("/efi/EFI/kairos/recovery.efi.extra.d"));
}

TEST(InstallPlacesTest, WhereTheEspCannotBeReadRecoveryHasNoPlace) {
  Esp esp;
  esp.root.Directory("/var/lib/kairos");
  InstallPlaces odd =
      esp.Places({{"/dev/null", ""}, InstallTarget::kStore, ""});
  EXPECT_THAT(Directories(odd, "active", ImageClass::kSysext),
              ElementsAre("/var/lib/kairos/extensions/active"));
  const auto recovery = odd.PlacesOf("recovery", ImageClass::kSysext);
  EXPECT_TRUE(absl::IsFailedPrecondition(recovery.status()))
      << recovery.status();
  InstallPlaces wrong = esp.Places({{"efi", ""}, InstallTarget::kStore, ""});
  EXPECT_TRUE(absl::IsInvalidArgument(wrong.Entries().status()))
      << wrong.Entries().status();
}

TEST(InstallPlacesTest, ANamedStoreNeedNotBeKairos) {
  Esp esp;
  TempRoot persistent;
  InstallPlaces places = esp.Places({{}, std::nullopt, persistent.path()});
  const auto found = places.PlacesOf("active", ImageClass::kSysext);
  ASSERT_TRUE(found.ok()) << found.status();
  auto file = places.Create(found->front(), 3);
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_TRUE(
      (*file)->WriteAt(0, {reinterpret_cast<const uint8_t*>("abc"), 3}).ok());
  ASSERT_TRUE(
      places.Commit(*std::move(file), found->front(), "k3s.sysext.raw").ok());
  EXPECT_EQ(persistent.Read("/extensions/active/k3s.sysext.raw"), "abc");
}

TEST(InstallPlacesTest, InstallsSharesListsAndRemoves) {
  Esp esp;
  esp.Entry("active.conf", "/EFI/kairos/active.efi")
      .Entry("passive.conf", "/EFI/kairos/passive.efi");
  InstallPlaces places = esp.Places();
  const InstallPlace active =
      places.PlacesOf("active", ImageClass::kSysext)->front();
  const InstallPlace passive =
      places.PlacesOf("passive", ImageClass::kSysext)->front();
  EXPECT_THAT(*places.Files(active), IsEmpty());
  const auto volume = places.VolumeOf(active);
  ASSERT_TRUE(volume.ok()) << volume.status();
  EXPECT_GT(volume->free_bytes, 0u);
  EXPECT_TRUE(volume->shares);  // no FAT stands here

  auto file = places.Create(active, 3);
  ASSERT_TRUE(file.ok()) << file.status();
  // Nobody else installs meanwhile.
  EXPECT_TRUE(absl::IsUnavailable(places.Create(passive, 3).status()));
  ASSERT_TRUE(
      (*file)->WriteAt(0, {reinterpret_cast<const uint8_t*>("abc"), 3}).ok());
  ASSERT_TRUE(places.Commit(*std::move(file), active, "k3s.sysext.raw").ok());
  ASSERT_TRUE(places.Share(active, passive, "k3s.sysext.raw").ok());
  EXPECT_THAT(*places.Files(passive),
              ElementsAre(InstalledFile{"k3s.sysext.raw", 3}));
  EXPECT_EQ(esp.root.Read("/efi/EFI/kairos/passive.efi.extra.d/k3s.sysext.raw"),
            "abc");
  EXPECT_TRUE(places.Remove(active, "k3s.sysext.raw").ok());
  EXPECT_THAT(*places.Files(active), IsEmpty());
}

TEST(InstallPlacesTest, TellsWhatItPutRight) {
  Esp esp;
  esp.Entry("active.conf", "/EFI/kairos/active.efi");
  esp.root.File("/efi/EFI/kairos/active.efi.extra.d/.extgate-0.tmp", "half");
  InstallPlaces places = esp.Places();
  const InstallPlace active =
      places.PlacesOf("active", ImageClass::kSysext)->front();
  ASSERT_TRUE(places.Remove(active, "k3s.sysext.raw").ok());
  EXPECT_THAT(places.TakeRemarks(), ElementsAre(HasSubstr(".extgate-0.tmp")));
  EXPECT_THAT(places.TakeRemarks(), IsEmpty());
}

}  // namespace
}  // namespace extgate
