// Versions, masks and plain directories by the rules of each version of
// systemd; places are image_places_test.cc's.
#include "adapters/image_search.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/testing/temp_root.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kOffer[] = "/offer";
constexpr char kBefore[] = "/etc/extensions";
constexpr char kLive[] = "/run/extensions";
constexpr char kFirst[] = "/var/lib/extensions";
constexpr char kSecond[] = "/usr/lib/extensions";

WithDiagnostics<std::vector<Candidate>> Search(
    const TempRoot& root, int systemd_version,
    ImageClass image_class = ImageClass::kSysext) {
  HostFacts host;
  host.systemd_version = systemd_version;
  host.architecture = Architecture::kX8664;
  ImageSearch search(image_class, host);
  const Places& places = root.places();
  search.LookInto({places.At(kOffer)});
  search.LookInto({places.At(kLive), Place::kForeign});
  search.LookInto({places.At(kFirst), Place::kSearched, 2});
  search.LookInto({places.At(kSecond), Place::kSearched, 3});
  search.LookInto({places.At(kBefore), Place::kOverriding, kBeforeTheSet});
  WithDiagnostics<std::vector<Candidate>> found;
  search.MoveTo(found);
  return found;
}

// "PATH", with " directory" for one, " for NAME" for a version.
std::vector<std::string> Find(const TempRoot& root, int systemd_version) {
  std::vector<std::string> shown;
  for (const Candidate& found : Search(root, systemd_version).value) {
    const std::string last = found.path.substr(found.path.rfind('/') + 1);
    shown.push_back(absl::StrCat(
        found.path, found.kind == Container::kDirectory ? " directory" : "",
        last == found.file_name ? "" : " for ",
        last == found.file_name ? "" : found.file_name));
  }
  return shown;
}

// "PATH: MASK", of all that are masked.
std::vector<std::string> Masked(const TempRoot& root, int systemd_version) {
  std::vector<std::string> shown;
  for (const Candidate& found : Search(root, systemd_version).value) {
    if (found.masked_by.empty()) continue;
    shown.push_back(absl::StrCat(found.path, ": ", found.masked_by));
  }
  return shown;
}

TEST(ImageSearchTest, OfADirectoryOfVersionsThePickedOneIsTheCandidate) {
  for (const char* place : {kOffer, kLive, kFirst, kBefore}) {
    TempRoot root;
    const std::string folder = absl::StrCat(place, "/a.raw.v/");
    root.File(folder + "a_1.raw");
    root.File(folder + "a_2.raw");
    root.File(folder + "a_3_arm64.raw");
    root.File(folder + "b_4.raw");
    for (int version : {256, 257, 262}) {
      EXPECT_THAT(Find(root, version),
                  ElementsAre(folder + "a_2.raw for a.raw"));
    }
  }
}

TEST(ImageSearchTest, TheClassSuffixOfVersions) {
  TempRoot root;
  root.File("/offer/a.sysext.raw.v/a_1.sysext.raw");
  root.File("/offer/b.confext.raw.v/b_1.confext.raw");
  root.File("/offer/.c.raw.v/.c_1.raw");
  EXPECT_THAT(
      Find(root, 257),
      ElementsAre("/offer/a.sysext.raw.v/a_1.sysext.raw for a.sysext.raw"));
  const auto confexts = Search(root, 257, ImageClass::kConfext).value;
  ASSERT_THAT(confexts, SizeIs(1));
  EXPECT_EQ(confexts[0].file_name, "b.confext.raw");
}

TEST(ImageSearchTest, VersionsThatArePlainDirectories) {
  TempRoot root;
  root.File("/var/lib/extensions/a.v/a_1/usr/x");
  root.File("/var/lib/extensions/a.v/a_2.raw");
  EXPECT_THAT(Find(root, 262),
              ElementsAre("/var/lib/extensions/a.v/a_1 directory for a"));
  // The best name is a file: 257 passes all of it over.
  root.File("/var/lib/extensions/a.v/a_3");
  EXPECT_THAT(Find(root, 257), IsEmpty());
}

TEST(ImageSearchTest, SymlinksInADirectoryOfVersions) {
  TempRoot root;
  root.File("/srv/x", "x");
  root.File("/srv/tree/x");
  const std::string folder = "/var/lib/extensions/a.raw.v/";
  root.File(folder + "a_1.raw");
  root.Symlink("/srv/x", folder + "a_2.raw");
  EXPECT_THAT(Find(root, 257), ElementsAre(folder + "a_2.raw for a.raw"));
  root.Symlink("/srv/tree", folder + "a_3.raw");
  EXPECT_THAT(Find(root, 257), IsEmpty());
  EXPECT_THAT(Find(root, 258), ElementsAre(folder + "a_2.raw for a.raw"));
  root.Symlink("nowhere", folder + "a_0.raw");
  EXPECT_THAT(Find(root, 258), IsEmpty());
}

TEST(ImageSearchTest, ASymlinkToADirectoryOfVersionsIsOne) {
  TempRoot root;
  root.File("/srv/versions/a_1.raw");
  root.Symlink("/srv/versions", "/var/lib/extensions/a.raw.v");
  EXPECT_THAT(Find(root, 257),
              ElementsAre("/var/lib/extensions/a.raw.v/a_1.raw for a.raw"));
}

TEST(ImageSearchTest, SystemdBefore256TakesVersionsForAPlainDirectory) {
  TempRoot root;
  root.File("/offer/a.raw.v/a_1.raw");
  root.File("/var/lib/extensions/a.raw.v/a_1.raw");
  for (int version : {252, 255}) {
    EXPECT_THAT(Find(root, version),
                ElementsAre("/var/lib/extensions/a.raw.v directory"));
    const auto notes = Search(root, version).diagnostics;
    ASSERT_THAT(notes, SizeIs(1));
    EXPECT_EQ(notes[0].code, DiagnosticCode::kVersionsIgnored);
    EXPECT_EQ(notes[0].message,
              absl::StrCat("`/offer/a.raw.v` is passed over: systemd ", version,
                           " knows no directories of versions, as 256 and "
                           "later do"));
  }
}

TEST(ImageSearchTest, AnUnknownSystemdMayTakeItForEither) {
  TempRoot root;
  root.File("/var/lib/extensions/a.raw.v/a_1.raw");
  EXPECT_THAT(Find(root, 0),
              ElementsAre("/var/lib/extensions/a.raw.v/a_1.raw for a.raw",
                          "/var/lib/extensions/a.raw.v directory"));
}

TEST(ImageSearchTest, ADirectoryWithoutAPickIsTold) {
  TempRoot root;
  root.File("/offer/a.raw.v/a_1+k3s1.raw");
  root.Directory("/offer/empty.raw.v");
  EXPECT_THAT(Search(root, 257).diagnostics, IsEmpty());
  const auto found = Search(root, 262);
  EXPECT_THAT(found.value, IsEmpty());
  ASSERT_THAT(found.diagnostics, SizeIs(1));
  EXPECT_EQ(found.diagnostics[0].span.path, "/offer/a.raw.v");
  EXPECT_THAT(found.diagnostics[0].message,
              HasSubstr("systemd would pick none of its entries"));
}

TEST(ImageSearchTest, OnOfferOnlyDirectoriesWithAReleaseAreImages) {
  TempRoot root;
  root.File("/offer/a/usr/lib/extension-release.d/extension-release.a");
  root.File("/offer/b/etc/extension-release.d/extension-release.b");
  root.File("/offer/c/usr/bin/c");
  root.File("/offer/.d/usr/lib/extension-release.d/extension-release.d");
  root.Directory("/offer/empty");
  EXPECT_THAT(Find(root, 257), ElementsAre("/offer/a directory"));
  const auto confexts = Search(root, 257, ImageClass::kConfext).value;
  ASSERT_THAT(confexts, SizeIs(1));
  EXPECT_EQ(confexts[0].path, "/offer/b");
}

TEST(ImageSearchTest, AnEmptyFileOnOfferIsPassedOverAndTold) {
  TempRoot root;
  root.File("/offer/cut.sysext.raw", "");
  root.File("/var/lib/extensions/a.raw", "");
  const auto found = Search(root, 257);
  // systemd would give up at the other one.
  ASSERT_THAT(found.value, SizeIs(1));
  EXPECT_EQ(found.value[0].path, "/var/lib/extensions/a.raw");
  ASSERT_THAT(found.diagnostics, SizeIs(1));
  EXPECT_EQ(found.diagnostics[0].code, DiagnosticCode::kFileUnreadable);
  EXPECT_THAT(found.diagnostics[0].message, HasSubstr("is empty"));
}

TEST(ImageSearchTest, AMaskHidesItsNameInItsPlaceAndBehind) {
  const struct {
    const char* place;
    std::vector<std::string> hidden;
  } kCases[] = {
      {kBefore,
       {"/offer/a.raw", "/run/extensions/a.raw", "/var/lib/extensions/a.raw",
        "/usr/lib/extensions/a.raw"}},
      {kLive,
       {"/offer/a.raw", "/run/extensions/a.raw", "/var/lib/extensions/a.raw",
        "/usr/lib/extensions/a.raw"}},
      {kFirst, {"/var/lib/extensions/a.raw", "/usr/lib/extensions/a.raw"}},
      {kSecond, {"/usr/lib/extensions/a.raw"}},
      {kOffer, {}},
  };
  for (const auto& c : kCases) {
    TempRoot root;
    for (const char* place : {kOffer, kBefore, kLive, kFirst, kSecond}) {
      root.File(absl::StrCat(place, "/a.raw"));
      root.File(absl::StrCat(place, "/b.raw"));
    }
    const std::string mask = absl::StrCat(c.place, "/a");
    root.Directory(mask);
    std::vector<std::string> want;
    for (const std::string& path : c.hidden) {
      want.push_back(absl::StrCat(path, ": ", mask));
    }
    for (int version : {0, 252, 257, 262}) {
      EXPECT_EQ(Masked(root, version), want) << mask;
    }
  }
}

TEST(ImageSearchTest, TheFirstMaskIsTheOne) {
  TempRoot root;
  root.File("/usr/lib/extensions/a.raw");
  root.Directory("/var/lib/extensions/a");
  root.Directory("/etc/extensions/a");
  EXPECT_THAT(Masked(root, 257),
              ElementsAre("/usr/lib/extensions/a.raw: /etc/extensions/a"));
}

TEST(ImageSearchTest, WhatIsCalledAsAMask) {
  TempRoot root;
  root.Directory("/etc/extensions/a.sysext");
  root.Directory("/etc/extensions/b.raw");
  root.Directory("/etc/extensions/c.raw.v");
  root.Directory("/etc/extensions/d.v");
  for (const char* name : {"a.raw", "a.sysext.raw", "b.raw", "b.raw.raw",
                           "c.raw", "d.raw", "d.v.raw"}) {
    root.File(absl::StrCat("/var/lib/extensions/", name));
  }
  const std::string folder = "/var/lib/extensions/";
  const std::string b = folder + "b.raw.raw: /etc/extensions/b.raw";
  // Its own name without `.sysext`; nothing is masked by what has versions.
  EXPECT_THAT(
      Masked(root, 257),
      ElementsAre(folder + "a.raw: /etc/extensions/a.sysext",
                  folder + "a.sysext.raw: /etc/extensions/a.sysext", b));
  EXPECT_THAT(Masked(root, 255),
              ElementsAre(folder + "a.raw: /etc/extensions/a.sysext",
                          folder + "a.sysext.raw: /etc/extensions/a.sysext", b,
                          folder + "d.v.raw: /etc/extensions/d.v"));
  EXPECT_THAT(Masked(root, 254),
              ElementsAre(folder + "a.sysext.raw: /etc/extensions/a.sysext", b,
                          folder + "d.v.raw: /etc/extensions/d.v"));
}

TEST(ImageSearchTest, OnlyAnEmptyDirectoryIsAMask) {
  TempRoot root;
  root.File("/var/lib/extensions/a.raw");
  root.File("/var/lib/extensions/b.raw");
  root.File("/var/lib/extensions/c.raw");
  root.Symlink("/dev/null", "/etc/extensions/a.raw");
  root.Symlink("/dev/null", "/etc/extensions/a");
  root.File("/etc/extensions/b.raw", "");
  root.File("/etc/extensions/c/junk");
  EXPECT_THAT(Masked(root, 257), IsEmpty());
}

TEST(ImageSearchTest, ASymlinkToAnEmptyDirectoryIsAMask) {
  TempRoot root;
  root.File("/var/lib/extensions/a.raw");
  root.Directory("/srv/empty");
  root.Symlink("/srv/empty", "/etc/extensions/a");
  EXPECT_THAT(Masked(root, 257),
              ElementsAre("/var/lib/extensions/a.raw: /etc/extensions/a"));
}

TEST(ImageSearchTest, MasksHideVersionsAndDirectoriesToo) {
  TempRoot root;
  root.Directory("/etc/extensions/a");
  root.File("/var/lib/extensions/a.raw.v/a_1.raw");
  root.File("/usr/lib/extensions/a/usr/x");
  EXPECT_THAT(
      Masked(root, 257),
      ElementsAre("/var/lib/extensions/a.raw.v/a_1.raw: /etc/extensions/a",
                  "/usr/lib/extensions/a: /etc/extensions/a"));
}

}  // namespace
}  // namespace extgate
