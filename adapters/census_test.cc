// Walks the census: lays each kind of entry into each place of a real
// directory tree, runs the boot job on it, and looks what systemd would find.
#include "engine/census.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "adapters/cover.h"
#include "adapters/image_places.h"
#include "adapters/run_staging.h"
#include "adapters/testing/mount_namespace.h"
#include "adapters/testing/temp_root.h"
#include "engine/pipeline.h"
#include "engine/testing/fake_host.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Both sides of what differs, and the ends.
constexpr int kVersions[] = {252, 253, 254, 255, 256, 262};

// One thing to lay into a place, called `path`. False where this test may not.
bool Lay(const TempRoot& root, EntryKind kind, const std::string& path) {
  switch (kind) {
    case EntryKind::kImageFile:
      root.File(path + ".raw", std::string(1 << 20, '\xa5'));
      return true;
    case EntryKind::kDirectory:
      root.File(path + "/usr/lib/extension-release.d/extension-release.a",
                "ID=_any\n");
      root.File(path + "/etc/extension-release.d/extension-release.a",
                "ID=_any\n");
      return true;
    case EntryKind::kBlockDevice:
      return mknod(root.At(path).c_str(), S_IFBLK | 0600, makedev(7, 250)) == 0;
    case EntryKind::kVersions:
      root.File(path + ".raw.v/a_1.raw", "noise");
      return true;
    case EntryKind::kMask:
      root.Directory(path);
      return true;
    case EntryKind::kPending:
      root.Symlink("/mnt/later", path);
      return true;
    case EntryKind::kStop:
      root.Symlink("a", path);
      return true;
    case EntryKind::kNothing:
      root.File(path + ".txt", "x");
      return true;
  }
  return false;
}

const char* FileNameOf(EntryKind kind) {
  switch (kind) {
    case EntryKind::kImageFile:
      return "a.raw";
    case EntryKind::kVersions:
      return "a.raw.v";
    case EntryKind::kNothing:
      return "a.txt";
    case EntryKind::kDirectory:
    case EntryKind::kBlockDevice:
    case EntryKind::kMask:
    case EntryKind::kPending:
    case EntryKind::kStop:
      return "a";
  }
  return "";
}

// What permissive takes for unmergeable, and so keeps from systemd too.
bool IsUnmergeable(EntryKind kind) {
  return kind == EntryKind::kImageFile || kind == EntryKind::kVersions;
}

// The machine below `root` with that systemd, whose policy has `mode` and
// trusts nobody.
struct Machine {
  FakeHost host;
  ImagePlaces images;
  RunStaging staging;

  Machine(const TempRoot& root, int version, const char* mode)
      : images(root.places()), staging(root.places()) {
    host.AddPolicy(absl::StrCat("extension_policy:\n  mode: ", mode, "\n"));
    host.facts.os_release = {{"ID", "debian"}, {"VERSION_ID", "13"}};
    host.facts.architecture = Architecture::kX8664;
    host.facts.systemd_version = version;
  }
  absl::StatusOr<ApplyResult> Run() {
    return Apply({host, host, host, images, staging, host, host}, {});
  }
};

// What kept systemd from the entry `name` of that place, as can be seen.
Means Seen(const TempRoot& root, const SearchedPlace& place, EntryKind kind) {
  const std::string name = FileNameOf(kind);
  const std::string directory(place.path);
  if (IsCovered(root.places(), directory)) return Means::kCover;
  if (place.place == Place::kForeign) {
    const std::string aside = absl::StrCat(
        "/run/extgate/foreign/", ToWord(place.image_class), "/", name);
    // Of a directory that is staged our link is in its place.
    struct stat live;
    const bool moved =
        lstat(root.At(absl::StrCat(directory, "/", name)).c_str(), &live) !=
            0 ||
        (kind == EntryKind::kDirectory && S_ISLNK(live.st_mode));
    if (moved && root.Exists(aside)) {
      return Means::kAside;
    }
    return Means::kNone;
  }
  const std::string set = place.image_class == ImageClass::kSysext
                              ? "/run/extensions/a"
                              : "/run/confexts/a";
  struct stat info;
  if (lstat(root.At(set).c_str(), &info) == 0 && S_ISDIR(info.st_mode) &&
      root.Tree(set).empty()) {
    return Means::kMask;
  }
  return Means::kNone;
}

#define EXPECT_OR_SAY(condition, ...)                                \
  if (!(condition)) {                                                \
    std::fprintf(stderr, "%s\n", absl::StrCat(__VA_ARGS__).c_str()); \
    return 1;                                                        \
  }

int CheckRow(TempRoot& root, const SearchedPlace& place, const CensusRow& row,
             int version, const char* mode) {
  const std::string what =
      absl::StrCat(row.called, " in ", place.path, ", ", version, ", ", mode);
  if (!Lay(root, row.kind, absl::StrCat(place.path, "/a"))) return 0;
  Machine machine(root, version, mode);
  auto result = machine.Run();
  EXPECT_OR_SAY(result.ok(), what, ": ", result.status().ToString());
  const bool permissive = std::string(mode) == "permissive";
  Means want = MeansAgainst(row.kind, place.place);
  const bool searched = place.versions.Has(version);
  // Permissive stages what it would deny: the set has it in the place of a
  // mask, or it stays where systemd looks before.
  const bool kept = row.when == MeansWhen::kAlways || !permissive ||
                    place.place == Place::kForeign || IsUnmergeable(row.kind);
  if (!searched && place.place != Place::kForeign) want = Means::kNone;
  if (!kept) want = Means::kNone;
  // Before 256 a directory of versions is a plain one, called as it is.
  const bool plain =
      row.kind == EntryKind::kVersions && !row.versions.Has(version);
  const Means seen = Seen(root, place, row.kind);
  if (!plain) {
    EXPECT_OR_SAY(seen == want, what, ": seen ", static_cast<int>(seen),
                  ", want ", static_cast<int>(want));
  }
  const std::vector<ReportedImage>& images = result->report.images;
  const bool decided = searched && row.when != MeansWhen::kNever;
  if (place.place != Place::kForeign) {
    EXPECT_OR_SAY(images.empty() != decided, what, ": ", images.size(),
                  " images in the report");
  }
  for (const ReportedImage& image : images) {
    EXPECT_OR_SAY(image.verdict != Verdict::kAllow, what, ": allowed");
  }
  for (const Violation& violation : result->report.violations) {
    EXPECT_OR_SAY(violation.code != ReasonCode::kBypass, what, ": ",
                  violation.detail);
  }
  // The same again changes nothing; without the entry all is as before.
  EXPECT_OR_SAY(machine.Run().ok(), what, ": a second run");
  EXPECT_OR_SAY(Seen(root, place, row.kind) == seen, what,
                ": another state after a second run");
  return 0;
}

class CensusTest : public testing::TestWithParam<size_t> {};

TEST_P(CensusTest, WhatMustNotMergeIsKeptFromSystemd) {
  const CensusRow& row = CensusRows()[GetParam()];
  for (const SearchedPlace& place : SearchedPlaces()) {
    for (int version : kVersions) {
      for (const char* mode : {"enforcing", "permissive"}) {
        TempRoot root;
        const int state = InMountNamespace(
            root, [&] { return CheckRow(root, place, row, version, mode); });
        if (state == kNoRightToMount) GTEST_SKIP() << "no right to mount";
        EXPECT_EQ(state, 0) << row.called << " in " << place.path << ", "
                            << version << ", " << mode;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, CensusTest,
                         testing::Range(size_t{0}, CensusRows().size()));

TEST(CensusPlaceTest, APlaceThatCannotBeReadIsABypassWhereItCannotBeCovered) {
  for (const SearchedPlace& place : SearchedPlaces()) {
    if (place.place == Place::kForeign) continue;
    for (const char* mode : {"enforcing", "permissive"}) {
      TempRoot root;
      root.File(place.path, "not a directory");
      Machine machine(root, place.versions.first, mode);
      auto result = machine.Run();
      ASSERT_TRUE(result.ok()) << result.status();
      ASSERT_EQ(result->report.violations.size(), 1u) << place.path;
      EXPECT_EQ(result->report.violations[0].code, ReasonCode::kBypass);
      EXPECT_THAT(result->report.violations[0].detail,
                  HasSubstr(std::string(place.path)));
    }
  }
}

// Nobody decides about what is beyond the last entry that is listed.
TEST(CensusPlaceTest, APlaceWithMoreThanIsListedIsCovered) {
  TempRoot root;
  root.Directory("/var/lib/extensions");
  for (int i = 0; i <= 65536; ++i) {
    const std::string path =
        root.At(absl::StrCat("/var/lib/extensions/", i, ".txt"));
    ASSERT_EQ(mknod(path.c_str(), S_IFREG | 0600, 0), 0);
  }
  for (const char* mode : {"enforcing", "permissive"}) {
    const int state = InMountNamespace(root, [&] {
      Machine machine(root, 257, mode);
      auto result = machine.Run();
      if (!result.ok() || !result->report.violations.empty()) return 1;
      return IsCovered(root.places(), "/var/lib/extensions") ? 0 : 2;
    });
    if (state == kNoRightToMount) GTEST_SKIP() << "no right to mount";
    EXPECT_EQ(state, 0) << mode;
  }
}

// systemd follows it, extgate does not: https://man7.org proc_pid_root(5).
TEST(CensusPlaceTest, ALinkThroughProcIsCovered) {
  TempRoot root;
  root.File("/srv/tree/usr/bin/evil", "x");
  root.Directory("/proc/self");
  root.Symlink("/proc/self/root/srv/tree", "/var/lib/extensions/a");
  const int state = InMountNamespace(root, [&] {
    root.Remove("/proc/self");
    if (mount("/proc", root.At("/proc").c_str(), nullptr, MS_BIND, nullptr)) {
      return kNoRightToMount;
    }
    root.Reopen();
    Machine machine(root, 257, "enforcing");
    if (!machine.Run().ok()) return 1;
    return IsCovered(root.places(), "/var/lib/extensions") ? 0 : 2;
  });
  if (state == kNoRightToMount) GTEST_SKIP() << "no right to mount";
  EXPECT_EQ(state, 0);
}

TEST(CensusPlaceTest, WhatLiesBesideAnImageIsOutOfSight) {
  for (const char* sidecar : {"a.roothash", "a.roothash.p7s", "a.usrhash",
                              "a.usrhash.p7s", "a.verity"}) {
    TempRoot root;
    root.File("/etc/extensions/a.raw", "x");
    root.Symlink("nowhere", absl::StrCat("/etc/extensions/", sidecar));
    ImagePlaces images(root.places());
    bool found = false;
    for (const Candidate& candidate : images.Candidates({}, {}).value) {
      found |= absl::StrContains(candidate.hazard, sidecar);
    }
    EXPECT_TRUE(found) << sidecar;
  }
  // Of the file it links to.
  TempRoot root;
  root.File("/srv/b.raw", "x");
  root.File("/srv/b.verity", "x");
  root.Symlink("../../srv/b.raw", "/etc/extensions/a.raw");
  ImagePlaces images(root.places());
  auto found = images.Candidates({}, {}).value;
  ASSERT_EQ(found.size(), 1u);
  EXPECT_THAT(found[0].hazard, HasSubstr("b.verity"));
}

TEST(CensusTextTest, TheDocumentHasTheTable) {
  std::ifstream file("docs/hand-over.md");
  const std::string text((std::istreambuf_iterator<char>(file)),
                         std::istreambuf_iterator<char>());
  ASSERT_FALSE(text.empty());
  EXPECT_THAT(text, HasSubstr(CensusText()));
}

TEST(CensusTableTest, DirectoriesToCover) {
  EXPECT_EQ(CoverableDirectoryOf("/etc/extensions"), "/etc/extensions");
  EXPECT_EQ(CoverableDirectoryOf("/etc/extensions/a.raw"), "/etc/extensions");
  EXPECT_EQ(CoverableDirectoryOf("/etc/extensions2/a.raw"), "");
  EXPECT_EQ(CoverableDirectoryOf("/run/extensions/a.raw"), "");
  EXPECT_EQ(CoverableDirectoryOf("/usr/lib/confexts/a.v/b"),
            "/usr/lib/confexts");
  EXPECT_EQ(CoverableDirectories().size(), 7u);
}

}  // namespace
}  // namespace extgate
