#include "adapters/image_places.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/testing/temp_root.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

const char* PlaceWord(Place place) {
  switch (place) {
    case Place::kOffered:
      return "offered";
    case Place::kForeign:
      return "foreign";
    case Place::kSearched:
      return "searched";
    case Place::kOverriding:
      return "overriding";
  }
  return "";
}

HostFacts HostOf(absl::string_view entry, int systemd_version = 257) {
  HostFacts host;
  host.entry = std::string(entry);
  host.systemd_version = systemd_version;
  return host;
}

// "CLASS PLACE PATH", with " directory" for one, " for NAME" for a version,
// " masked by PATH" and " hazard".
std::string Shown(const Candidate& candidate) {
  const absl::string_view last =
      absl::string_view(candidate.path).substr(candidate.path.rfind('/') + 1);
  return absl::StrCat(
      ToWord(candidate.image_class), " ", PlaceWord(candidate.place), " ",
      candidate.path,
      candidate.kind == Container::kDirectory ? " directory" : "",
      last == candidate.file_name ? ""
                                  : absl::StrCat(" for ", candidate.file_name),
      candidate.masked_by.empty()
          ? ""
          : absl::StrCat(" masked by ", candidate.masked_by),
      candidate.hazard.empty() ? "" : " hazard");
}

std::vector<std::string> Shown(const std::vector<Candidate>& candidates) {
  std::vector<std::string> shown;
  for (const Candidate& candidate : candidates) {
    shown.push_back(Shown(candidate));
  }
  return shown;
}

std::vector<std::string> Find(const TempRoot& root,
                              absl::string_view entry = "active") {
  auto found = ImagePlaces(root.places()).Candidates(HostOf(entry), {});
  EXPECT_THAT(found.diagnostics, IsEmpty());
  return Shown(found.value);
}

TEST(ImagePlaces, WhatThePolicyAddsComesAfterTheBuiltInSources) {
  TempRoot root;
  root.File("/.extra/sysext/a.raw");
  root.File("/srv/acme/a.raw");
  root.File("/srv/acme/b.confext.raw");
  root.File("/srv/acme/c.sysext.raw");
  root.File("/srv/acme/notes.txt");
  root.File("/srv/tree/d/etc/extension-release.d/extension-release.d");
  root.File("/var/lib/extensions/e.raw");
  // Not there; twice; a built-in one; not where copies and sets are.
  root.File("/run/extgate/images/f.raw");
  root.File("/run/extensions/g.raw");
  auto found = ImagePlaces(root.places())
                   .Candidates(HostOf("active"),
                               {"/srv/none", "/srv//acme/", "/srv/./acme",
                                "/srv/tree", "/.extra/sysext",
                                "/run/extgate/images", "/run/extensions",
                                "/srv/../srv/acme", "/var/lib/extensions"});
  EXPECT_THAT(found.diagnostics, IsEmpty());
  EXPECT_THAT(Shown(found.value),
              ElementsAre("sysext offered /.extra/sysext/a.raw",
                          "sysext offered /srv/acme/a.raw",
                          "sysext offered /srv/acme/c.sysext.raw",
                          "sysext foreign /run/extensions/g.raw",
                          "sysext searched /var/lib/extensions/e.raw",
                          "confext offered /srv/acme/b.confext.raw",
                          "confext offered /srv/tree/d directory"));
}

TEST(ImagePlaces, SystemdUpTo253LooksBelowUsrToo) {
  TempRoot root;
  root.File("/usr/lib/extensions/a.raw");
  root.File("/usr/local/lib/extensions/b.raw");
  ImagePlaces places(root.places());
  EXPECT_THAT(places.Candidates(HostOf("", 254), {}).value, IsEmpty());
  for (int version : {0, 252, 253}) {
    auto found = places.Candidates(HostOf("", version), {}).value;
    ASSERT_THAT(found, SizeIs(2)) << version;
    EXPECT_EQ(found[0].path, "/usr/local/lib/extensions/b.raw");
    EXPECT_EQ(found[1].path, "/usr/lib/extensions/a.raw");
    EXPECT_EQ(found[1].place, Place::kSearched);
  }
}

TEST(ImagePlaces, SysextPlacesComeInOrderOfPreference) {
  TempRoot root;
  for (const char* folder :
       {"/etc/extensions", "/var/lib/extensions", "/run/extensions",
        "/run/extgate/foreign/sysext", "/var/lib/kairos/extensions/common",
        "/var/lib/kairos/extensions/active",
        "/var/lib/kairos/extensions/passive", "/.extra/global_sysext",
        "/.extra/sysext", "/run/extgate/incoming/global_sysext",
        "/run/extgate/incoming/sysext", "/usr/lib/extensions"}) {
    root.File(absl::StrCat(folder, "/x.raw"));
  }
  EXPECT_THAT(
      Find(root),
      ElementsAre("sysext offered /run/extgate/incoming/sysext/x.raw",
                  "sysext offered /run/extgate/incoming/global_sysext/x.raw",
                  "sysext offered /.extra/sysext/x.raw",
                  "sysext offered /.extra/global_sysext/x.raw",
                  "sysext offered /var/lib/kairos/extensions/active/x.raw",
                  "sysext offered /var/lib/kairos/extensions/common/x.raw",
                  "sysext foreign /run/extgate/foreign/sysext/x.raw",
                  "sysext foreign /run/extensions/x.raw",
                  "sysext searched /var/lib/extensions/x.raw",
                  "sysext overriding /etc/extensions/x.raw"));
}

TEST(ImagePlaces, ConfextPlacesComeInOrderOfPreference) {
  TempRoot root;
  for (const char* folder :
       {"/etc/confexts", "/usr/lib/confexts", "/usr/local/lib/confexts",
        "/var/lib/confexts", "/run/confexts", "/run/extgate/foreign/confext",
        "/var/lib/kairos/confexts/common", "/var/lib/kairos/confexts/active",
        "/.extra/global_confext", "/.extra/confext",
        "/run/extgate/incoming/global_confext",
        "/run/extgate/incoming/confext"}) {
    root.File(absl::StrCat(folder, "/x.raw"));
  }
  EXPECT_THAT(
      Find(root),
      ElementsAre("confext offered /run/extgate/incoming/confext/x.raw",
                  "confext offered /run/extgate/incoming/global_confext/x.raw",
                  "confext offered /.extra/confext/x.raw",
                  "confext offered /.extra/global_confext/x.raw",
                  "confext offered /var/lib/kairos/confexts/active/x.raw",
                  "confext offered /var/lib/kairos/confexts/common/x.raw",
                  "confext foreign /run/extgate/foreign/confext/x.raw",
                  "confext foreign /run/confexts/x.raw",
                  "confext searched /var/lib/confexts/x.raw",
                  "confext searched /usr/local/lib/confexts/x.raw",
                  "confext searched /usr/lib/confexts/x.raw"));
}

TEST(ImagePlaces, EntryChoosesItsOwnFolderOnly) {
  TempRoot root;
  root.File("/var/lib/kairos/extensions/passive/p.raw");
  root.File("/var/lib/kairos/extensions/common/c.raw");
  root.File("/var/lib/kairos/secret.raw");
  root.File("/var/lib/kairos/extensions/flat.raw");
  const std::string common =
      "sysext offered /var/lib/kairos/extensions/common/c.raw";
  EXPECT_THAT(
      Find(root, "passive"),
      ElementsAre("sysext offered /var/lib/kairos/extensions/passive/p.raw",
                  common));
  for (absl::string_view entry :
       {"", ".", "..", "../..", "passive/../active", "common"}) {
    EXPECT_THAT(Find(root, entry), ElementsAre(common)) << entry;
  }
  EXPECT_THAT(Find(root, "live"), IsEmpty());
}

TEST(ImagePlaces, SourcesOfferFilesOfTheirClassOnly) {
  TempRoot root;
  const std::string folder = "/.extra/sysext/";
  root.File(folder + "b.sysext.raw");
  root.File(folder + "a\n\"'\xff.raw");
  root.File(folder + "c.confext.raw");
  root.File(folder + ".hidden.raw");
  root.File(folder + "readme.txt");
  root.Directory(folder + "dir.raw");
  root.File(folder + "dir2.raw/x");
  root.Fifo(folder + "fifo.raw");
  root.Socket(folder + "socket.raw");
  root.Symlink("b.sysext.raw", folder + "link.raw");
  root.Symlink("gone", folder + "dangling.raw");
  root.Symlink("dir2.raw", folder + "link-to-dir.raw");
  root.File("/.extra/confext/x.sysext.raw");
  root.File("/.extra/confext/y.confext.raw");
  EXPECT_THAT(Find(root),
              ElementsAre("sysext offered /.extra/sysext/a\n\"'\xff.raw",
                          "sysext offered /.extra/sysext/b.sysext.raw",
                          "sysext offered /.extra/sysext/dangling.raw",
                          "sysext offered /.extra/sysext/link.raw",
                          "confext offered /.extra/confext/y.confext.raw"));
}

TEST(ImagePlaces, WhereSystemdLooksNothingIsPassedOver) {
  TempRoot root;
  const std::string folder = "/var/lib/extensions/";
  root.File(folder + ".hidden.raw");
  root.File(folder + "x.confext.raw");
  root.File(folder + "dir/usr/lib/x");
  root.File("/opt/tree/usr/x");
  root.Symlink("/opt/tree", folder + "link-to-dir");
  root.Directory(folder + "mask");
  root.Directory("/opt/empty");
  root.Symlink("/opt/empty", folder + "link-to-mask");
  root.Symlink("loop.raw", folder + "loop.raw");
  root.Symlink("gone", folder + "dangling");
  root.File(folder + "readme.txt");
  root.Fifo(folder + "fifo.raw");
  EXPECT_THAT(
      Find(root),
      ElementsAre("sysext searched /var/lib/extensions/.hidden.raw",
                  "sysext searched /var/lib/extensions/dangling directory",
                  "sysext searched /var/lib/extensions/dir directory",
                  "sysext searched /var/lib/extensions/link-to-dir directory",
                  "sysext searched /var/lib/extensions/loop.raw hazard",
                  "sysext searched /var/lib/extensions/x.confext.raw"));
}

TEST(ImagePlaces, BlockDeviceIsACandidateThatIsNeverOpened) {
  TempRoot root;
  root.Directory("/var/lib/extensions");
  if (mknod(root.At("/var/lib/extensions/disk").c_str(), S_IFBLK | 0600,
            makedev(7, 250)) != 0) {
    GTEST_SKIP() << "no right to make a device node";
  }
  EXPECT_THAT(Find(root),
              ElementsAre("sysext searched /var/lib/extensions/disk"));
  ImagePlaces places(root.places());
  EXPECT_TRUE(places.Candidates({}, {}).value[0].block_device);
  EXPECT_EQ(places.Open(places.Candidates({}, {}).value[0]).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST(ImagePlaces, WhatWeStagedIsNoCandidate) {
  TempRoot root;
  root.File("/run/extgate/images/0.raw");
  root.Symlink("../extgate/images/0.raw", "/run/extensions/ours.raw");
  root.File("/run/extgate/foreign/sysext/tree/x");
  root.Symlink("../extgate/foreign/sysext/tree", "/run/extensions/tree");
  root.File("/srv/tree/x");
  root.Symlink("/srv/tree", "/run/extensions/recorded");
  root.Symlink("/srv/tree", "/run/extensions/somebody's");
  root.File("/run/extgate/sets/sysext.record",
            absl::string_view("link\0recorded\0/srv/tree\0", 24));
  EXPECT_THAT(
      Find(root),
      ElementsAre("sysext foreign /run/extgate/foreign/sysext/tree directory",
                  "sysext foreign /run/extensions/somebody's directory"));
}

// As kairos-agent leaves it where an extension is disabled: its link in the
// staging directory leads to one in the store, which is gone.
TEST(ImagePlaces, LinkMovedAsideThatLeadsToNothingWaitsForWhatItLeadsTo) {
  TempRoot root;
  root.Symlink("/var/lib/kairos/extensions/active/x.raw",
               "/run/extgate/foreign/sysext/x.raw");
  ImagePlaces images(root.places());
  const auto found = images.Candidates(HostOf("passive"), {});
  EXPECT_THAT(found.value, IsEmpty());
  ASSERT_THAT(found.diagnostics, SizeIs(1));
  EXPECT_EQ(found.diagnostics[0].severity, Severity::kNote);
  EXPECT_EQ(
      found.diagnostics[0].message,
      "`/run/extgate/foreign/sysext/x.raw` leads to nothing: it is passed "
      "over until something is there");
  root.File("/var/lib/kairos/extensions/active/x.raw");
  EXPECT_THAT(Find(root, "passive"),
              ElementsAre("sysext foreign /run/extgate/foreign/sysext/x.raw"));
  // Where systemd looks, a symlink to nothing is what it may become.
  root.Symlink("/nowhere", "/run/extensions/y.raw");
  EXPECT_THAT(Find(root, "passive"),
              Contains("sysext foreign /run/extensions/y.raw"));
}

TEST(ImagePlaces, UnreadablePlaceIsTold) {
  TempRoot root;
  root.File("/etc/extensions", "not a directory");
  root.Symlink("loop", "/var/lib/extensions/loop");
  root.Symlink("confexts", "/var/lib/confexts");
  auto found = ImagePlaces(root.places()).Candidates({}, {});
  ASSERT_THAT(found.diagnostics, SizeIs(2));
  EXPECT_EQ(found.diagnostics[0].code, DiagnosticCode::kFileUnreadable);
  EXPECT_EQ(found.diagnostics[0].span.path, "/etc/extensions");
  EXPECT_EQ(found.diagnostics[1].span.path, "/var/lib/confexts");
  EXPECT_THAT(Shown(found.value),
              ElementsAre("sysext searched /var/lib/extensions/loop hazard",
                          "sysext overriding /etc/extensions for  hazard",
                          "confext searched /var/lib/confexts for  hazard"));
}

TEST(ImagePlaces, OpensBelowTheRootAndNeverWaits) {
  TempRoot outside;
  outside.File("/secret.raw", "outside");
  TempRoot root;
  const std::string folder = "/var/lib/extensions/";
  root.File("/srv/image.raw", "inside");
  root.Symlink("/srv/image.raw", folder + "inside.raw");
  root.Symlink(outside.At("/secret.raw"), folder + "outside.raw");
  root.Symlink("loop.raw", folder + "loop.raw");
  root.Fifo("/srv/fifo");
  root.Symlink("/srv/fifo", folder + "fifo.raw");
  ImagePlaces places(root.places());
  const struct {
    const char* name;
    absl::StatusCode code;
  } kCases[] = {
      {"inside.raw", absl::StatusCode::kOk},
      {"outside.raw", absl::StatusCode::kNotFound},
      {"loop.raw", absl::StatusCode::kFailedPrecondition},
      {"fifo.raw", absl::StatusCode::kFailedPrecondition},
  };
  for (const auto& c : kCases) {
    Candidate candidate;
    candidate.path = folder + c.name;
    EXPECT_EQ(places.Open(candidate).status().code(), c.code) << c.name;
  }
  Candidate tree;
  tree.path = "/srv";
  auto opened = places.OpenDirectory(tree);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(*(*opened)->ReadFile("image.raw", 10), "inside");
  tree.path = "/srv/image.raw";
  EXPECT_EQ(places.OpenDirectory(tree).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST(ImagePlaces, StampChangesWithTheFileAndWithTheLinkToIt) {
  TempRoot root;
  root.File("/srv/a.raw", "1");
  root.File("/srv/b.raw", "1");
  root.Symlink("/srv/a.raw", "/var/lib/extensions/x.raw");
  ImagePlaces places(root.places());
  const Candidate x = places.Candidates({}, {}).value.at(0);
  const std::string first = *places.Stamp(x);
  EXPECT_EQ(*places.Stamp(x), first);
  root.File("/srv/a.raw", "22");
  const std::string second = *places.Stamp(x);
  EXPECT_NE(second, first);
  root.Remove("/var/lib/extensions/x.raw");
  root.Symlink("/srv/b.raw", "/var/lib/extensions/x.raw");
  EXPECT_NE(*places.Stamp(x), second);
  root.Remove("/srv/b.raw");
  EXPECT_TRUE(absl::IsNotFound(places.Stamp(x).status()));
  root.Directory("/srv/b.raw");
  EXPECT_TRUE(absl::IsUnimplemented(places.Stamp(x).status()));
}

TEST(ImagePlaces, OtherRunAndExtraAreSearchedInstead) {
  TempRoot root;
  TempRoot other;
  root.File("/.extra/sysext/not-this.raw");
  root.File("/run/extensions/not-this.raw");
  other.File("/extra/sysext/this.raw", "this");
  other.File("/run/extensions/that.raw", "that");
  auto places =
      Places::Open({root.path(), other.At("/run"), other.At("/extra"), ""});
  ASSERT_TRUE(places.ok());
  ImagePlaces images(*places);
  auto found = images.Candidates({}, {});
  ASSERT_THAT(found.value, SizeIs(2));
  EXPECT_EQ(found.value[0].path, other.At("/extra/sysext/this.raw"));
  EXPECT_EQ(found.value[1].path, other.At("/run/extensions/that.raw"));
  for (const Candidate& candidate : found.value) {
    auto reader = images.Open(candidate);
    ASSERT_TRUE(reader.ok()) << reader.status();
    EXPECT_EQ((*reader)->size_bytes(), 4u);
  }
}

TEST(ImagePlaces, SaysWhatLiesBesideAnImage) {
  TempRoot root;
  root.File("/var/lib/acme/a.raw", "1");
  root.File("/var/lib/acme/b.raw", "1");
  root.File("/var/lib/acme/b.usrhash", "1");
  ImagePlaces places(root.places());
  Candidate candidate;
  candidate.path = "/var/lib/acme/a.raw";
  EXPECT_EQ(places.Sidecar(candidate), "");
  candidate.path = "/var/lib/acme/b.raw";
  EXPECT_THAT(places.Sidecar(candidate),
              testing::HasSubstr("`/var/lib/acme/b.usrhash`"));
}

}  // namespace
}  // namespace extgate
