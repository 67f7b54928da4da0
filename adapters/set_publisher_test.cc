#include "adapters/set_publisher.h"

#include <sys/stat.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/image_places.h"
#include "adapters/run_staging.h"
#include "adapters/testing/mount_namespace.h"
#include "adapters/testing/temp_root.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

const std::string kA(64, 'a');
const std::string kB(64, 'b');

SetEntry Image(const std::string& name, const std::string& address) {
  return {SetEntry::Kind::kImage, name, address};
}
SetEntry Tree(const std::string& name, const std::string& path) {
  return {SetEntry::Kind::kDirectory, name, path};
}
SetEntry File(const std::string& name, const std::string& path) {
  return {SetEntry::Kind::kFile, name, path};
}
SetEntry Mask(const std::string& name) {
  return {SetEntry::Kind::kMask, name, ""};
}

std::string LinkTo(const std::string& name, const std::string& address) {
  return absl::StrCat(name, ".raw -> ../extgate/images/", address, ".raw");
}

absl::Status Publish(const TempRoot& root,
                     const std::vector<SetEntry>& entries) {
  return RunStaging(root.places()).Publish(ImageClass::kSysext, entries);
}

ino_t Inode(const TempRoot& root, const char* path) {
  struct stat info = {};
  EXPECT_EQ(stat(root.At(path).c_str(), &info), 0);
  return info.st_ino;
}

TEST(Publish, MakesTheSet) {
  TempRoot root;
  ASSERT_TRUE(Publish(root, {Image("a", kA), Mask("hidden"),
                             Tree("tree", "/var/lib/extensions/tree")})
                  .ok());
  EXPECT_THAT(root.Tree("/run/extensions"),
              ElementsAre(LinkTo("a", kA), "hidden/",
                          "tree -> /var/lib/extensions/tree"));
  EXPECT_THAT(root.Tree("/run/extgate/sets"), ElementsAre("sysext.record"));
  struct stat info;
  ASSERT_EQ(stat(root.At("/run/extensions").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0755u);
}

TEST(Publish, LinksToAnImageWhereItLies) {
  TempRoot root;
  ASSERT_TRUE(Publish(root, {File("a", "/var/lib/acme/a_1.raw")}).ok());
  EXPECT_THAT(root.Tree("/run/extensions"),
              ElementsAre("a.raw -> /var/lib/acme/a_1.raw"));
  // Its own link is no foreign entry for the next run.
  ASSERT_TRUE(Publish(root, {Image("a", kA)}).ok());
  EXPECT_THAT(root.Tree("/run/extensions"), ElementsAre(LinkTo("a", kA)));
  EXPECT_FALSE(root.Exists("/run/extgate/foreign"));
  for (const char* target : {"", "a.raw", "../a.raw"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Publish(root, {File("a", target)})));
  }
}

TEST(Publish, ReplacesTheWholeSet) {
  TempRoot root;
  ASSERT_TRUE(Publish(root, {Image("a", kA), Mask("x"), Tree("t", "/t")}).ok());
  ASSERT_TRUE(Publish(root, {Image("a", kB), Image("b", kB)}).ok());
  EXPECT_THAT(root.Tree("/run/extensions"),
              ElementsAre(LinkTo("a", kB), LinkTo("b", kB)));
  EXPECT_FALSE(root.Exists("/run/extgate/foreign"));
  ASSERT_TRUE(Publish(root, {}).ok());
  EXPECT_THAT(root.Tree("/run/extensions"), IsEmpty());
  EXPECT_TRUE(root.Exists("/run/extensions"));
}

TEST(Publish, ClassesAreApart) {
  TempRoot root;
  ASSERT_TRUE(Publish(root, {Image("a", kA)}).ok());
  RunStaging staging(root.places());
  ASSERT_TRUE(staging.Publish(ImageClass::kConfext, {Image("c", kB)}).ok());
  EXPECT_THAT(root.Tree("/run/extensions"), ElementsAre(LinkTo("a", kA)));
  EXPECT_THAT(root.Tree("/run/confexts"), ElementsAre(LinkTo("c", kB)));
}

TEST(Publish, EmptySetMakesNoDirectory) {
  TempRoot root;
  ASSERT_TRUE(Publish(root, {}).ok());
  EXPECT_FALSE(root.Exists("/run/extensions"));
}

TEST(Publish, SameSetIsNotTouched) {
  TempRoot root;
  const std::vector<SetEntry> set = {Image("a", kA), Mask("m"),
                                     Tree("t", "/srv/t")};
  ASSERT_TRUE(Publish(root, set).ok());
  const ino_t live = Inode(root, "/run/extensions");
  const ino_t record = Inode(root, "/run/extgate/sets/sysext.record");
  ASSERT_TRUE(Publish(root, set).ok());
  EXPECT_EQ(Inode(root, "/run/extensions"), live);
  EXPECT_EQ(Inode(root, "/run/extgate/sets/sysext.record"), record);
  ASSERT_TRUE(Publish(root, {Image("a", kA)}).ok());
  EXPECT_NE(Inode(root, "/run/extensions"), live);
}

TEST(Publish, ForeignEntriesMoveToWhereTheyAreOfferedAgain) {
  TempRoot root;
  root.File("/var/lib/kairos/x.raw", "X");
  root.Symlink("/var/lib/kairos/x.raw", "/run/extensions/absolute.raw");
  root.Symlink("../../var/lib/kairos/x.raw", "/run/extensions/relative.raw");
  root.Symlink("./file.raw", "/run/extensions/sibling.raw");
  root.File("/run/extensions/file.raw", "F");
  root.File("/run/extensions/tree/usr/x", "T");
  root.Directory("/run/extensions/somebody's mask");
  ASSERT_TRUE(Publish(root, {Image("a", kA)}).ok());
  EXPECT_THAT(root.Tree("/run/extensions"),
              ElementsAre(LinkTo("a", kA), "somebody's mask/"));
  EXPECT_THAT(root.Tree("/run/extgate/foreign/sysext"),
              ElementsAre("absolute.raw -> /var/lib/kairos/x.raw", "file.raw",
                          "relative.raw -> /var/lib/kairos/x.raw",
                          "sibling.raw -> ./file.raw", "tree/", "tree/usr/",
                          "tree/usr/x"));

  ImagePlaces images(root.places());
  std::vector<std::string> offered;
  for (const Candidate& candidate : images.Candidates({}, {}).value) {
    EXPECT_EQ(candidate.place, Place::kForeign);
    if (candidate.kind != Container::kDirectory) {
      EXPECT_TRUE(images.Open(candidate).ok()) << candidate.path;
    }
    offered.push_back(candidate.file_name);
  }
  EXPECT_THAT(offered, ElementsAre("absolute.raw", "file.raw", "relative.raw",
                                   "sibling.raw", "tree"));
}

TEST(Publish, ForeignMasksStayUntilTheyAreTakenAway) {
  TempRoot root;
  root.Directory("/run/extensions/mask");
  ASSERT_TRUE(Publish(root, {Image("a", kA), Mask("ours")}).ok());
  ASSERT_TRUE(Publish(root, {Image("b", kB), Mask("ours")}).ok());
  EXPECT_THAT(root.Tree("/run/extensions"),
              ElementsAre(LinkTo("b", kB), "mask/", "ours/"));
  const ino_t live = Inode(root, "/run/extensions");
  ASSERT_TRUE(Publish(root, {Image("b", kB), Mask("ours")}).ok());
  EXPECT_EQ(Inode(root, "/run/extensions"), live);
  root.Remove("/run/extensions/mask");
  ASSERT_TRUE(Publish(root, {Image("b", kB)}).ok());
  EXPECT_THAT(root.Tree("/run/extensions"), ElementsAre(LinkTo("b", kB)));
  EXPECT_FALSE(root.Exists("/run/extgate/foreign"));
}

TEST(Publish, ForeignMaskGivesWayToOneOfItsName) {
  TempRoot root;
  root.Directory("/run/extensions/t");
  ASSERT_TRUE(Publish(root, {Tree("t", "/srv/t")}).ok());
  EXPECT_THAT(root.Tree("/run/extensions"), ElementsAre("t -> /srv/t"));
}

TEST(Publish, ForeignMasksStayWhereDirectoriesCannotBeExchanged) {
  TempRoot root;
  root.Directory("/run/elsewhere/mask");
  root.Symlink("elsewhere", "/run/extensions");
  ASSERT_TRUE(Publish(root, {Image("a", kA)}).ok());
  ASSERT_TRUE(Publish(root, {Image("b", kB)}).ok());
  EXPECT_THAT(root.Tree("/run/elsewhere"),
              ElementsAre(StartsWith("b.raw -> "), "mask/"));
}

TEST(Publish, LinkToAVersionInAForeignDirectoryLeadsWhereItWasMoved) {
  TempRoot root;
  root.File("/run/extensions/t.v/t_1/usr/x", "T");
  ASSERT_TRUE(Publish(root, {Tree("t", "/run/extensions/t.v/t_1")}).ok());
  EXPECT_EQ(root.Read("/run/extensions/t/usr/x"), "T");
  // Another of that name makes the one that is linked to go aside.
  root.File("/run/extensions/t.v/t_2/usr/x", "T2");
  ASSERT_TRUE(
      Publish(root, {Tree("t", "/run/extgate/foreign/sysext/t.v/t_1")}).ok());
  EXPECT_EQ(root.Read("/run/extensions/t/usr/x"), "T");
}

TEST(Publish, ForeignEntryIsTakenOutOfASetThatStays) {
  TempRoot root;
  ASSERT_TRUE(Publish(root, {Image("a", kA)}).ok());
  root.File("/run/extensions/late.raw", "late");
  ASSERT_TRUE(Publish(root, {Image("a", kA)}).ok());
  EXPECT_THAT(root.Tree("/run/extensions"), ElementsAre(LinkTo("a", kA)));
  EXPECT_EQ(root.Read("/run/extgate/foreign/sysext/late.raw"), "late");
}

TEST(Publish, NewerForeignEntryTakesTheNameAndTheOlderIsKept) {
  TempRoot root;
  for (const char* content : {"1", "2", "3"}) {
    root.File("/run/extensions/x.raw", content);
    ASSERT_TRUE(Publish(root, {}).ok());
  }
  EXPECT_EQ(root.Read("/run/extgate/foreign/sysext/x.raw"), "3");
  EXPECT_EQ(root.Read("/run/extgate/foreign/older/sysext/1/x.raw"), "1");
  EXPECT_EQ(root.Read("/run/extgate/foreign/older/sysext/2/x.raw"), "2");
}

TEST(Publish, SameForeignLinkAgainIsOneLink) {
  TempRoot root;
  for (int i = 0; i < 3; ++i) {
    root.Symlink("../../srv/x.raw", "/run/extensions/x.raw");
    ASSERT_TRUE(Publish(root, {}).ok());
  }
  EXPECT_THAT(root.Tree("/run/extgate/foreign"),
              ElementsAre("sysext/", "sysext/x.raw -> /srv/x.raw"));
}

TEST(Publish, LinkToAForeignDirectoryLeadsWhereItWasMoved) {
  TempRoot root;
  root.File("/run/extensions/tree/usr/x", "decided");
  ASSERT_TRUE(Publish(root, {Tree("tree", "/run/extensions/tree")}).ok());
  EXPECT_THAT(root.Tree("/run/extensions"),
              ElementsAre("tree -> ../extgate/foreign/sysext/tree"));
  EXPECT_EQ(root.Read("/run/extensions/tree/usr/x"), "decided");
  const ino_t live = Inode(root, "/run/extensions");
  // The next run finds it there.
  ASSERT_TRUE(
      Publish(root, {Tree("tree", "/run/extgate/foreign/sysext/tree")}).ok());
  EXPECT_EQ(root.Read("/run/extensions/tree/usr/x"), "decided");
  EXPECT_EQ(Inode(root, "/run/extensions"), live);
}

TEST(Publish, LinkToAForeignDirectoryFollowsItWhenANewerOneTakesItsName) {
  TempRoot root;
  root.File("/run/extgate/foreign/sysext/tree/usr/x", "decided");
  root.File("/run/extensions/tree/usr/x", "undecided");
  ASSERT_TRUE(
      Publish(root, {Tree("tree", "/run/extgate/foreign/sysext/tree")}).ok());
  EXPECT_EQ(root.Read("/run/extensions/tree/usr/x"), "decided");
  EXPECT_EQ(root.Read("/run/extgate/foreign/sysext/tree/usr/x"), "undecided");
}

TEST(Publish, LeftoverOfARunThatDiedIsTakenApart) {
  TempRoot root;
  ASSERT_TRUE(Publish(root, {Image("a", kA), Mask("m")}).ok());
  // As after an exchange, before the old set was taken apart.
  root.Symlink(absl::StrCat("../extgate/images/", kB, ".raw"),
               "/run/extgate/sets/sysext.new/old.raw");
  root.Directory("/run/extgate/sets/sysext.new/m");
  root.File("/run/extgate/sets/sysext.new/somebody's.raw", "S");
  ASSERT_TRUE(Publish(root, {Image("a", kA), Mask("m")}).ok());
  EXPECT_THAT(root.Tree("/run/extgate/sets"), ElementsAre("sysext.record"));
  EXPECT_THAT(root.Tree("/run/extgate/foreign/sysext"),
              ElementsAre("somebody's.raw"));
  EXPECT_THAT(root.Tree("/run/extensions"), ElementsAre(LinkTo("a", kA), "m/"));
}

TEST(Publish, NamesAreRawBytes) {
  TempRoot root;
  const std::string name = "a \n\"'\xff";
  ASSERT_TRUE(Publish(root, {Image(name, kA), Mask(name)}).ok());
  EXPECT_THAT(root.Tree("/run/extensions"),
              ElementsAre(LinkTo(name, kA), name + "/"));
  ASSERT_TRUE(Publish(root, {}).ok());
  EXPECT_THAT(root.Tree("/run/extensions"), IsEmpty());
}

TEST(Publish, RefusesWhatCannotBeAndDoesNothing) {
  const std::vector<std::vector<SetEntry>> kCases = {
      {Image("../x", kA)},
      {Image("", kA)},
      {Image("a", "../../etc/passwd")},
      {Image("a", std::string(64, 'A'))},
      {Image("a", std::string(63, 'a'))},
      {Image(std::string(252, 'x'), kA)},
      {Mask(".")},
      {Mask("..")},
      {Mask("a/b")},
      {Tree("t", "relative")},
      {Tree("t", std::string("/x\0y", 4))},
      {Image("a", kA), Image("a", kB)},
      {Tree("a.raw", "/x"), Image("a", kA)},
  };
  for (const auto& set : kCases) {
    TempRoot root;
    ASSERT_TRUE(Publish(root, {Image("old", kB)}).ok());
    EXPECT_EQ(Publish(root, set).code(), absl::StatusCode::kInvalidArgument)
        << set[0].name;
    EXPECT_THAT(root.Tree("/run/extensions"), ElementsAre(LinkTo("old", kB)));
  }
}

TEST(Publish, StagingDirectoryThatIsAFileIsAnError) {
  TempRoot root;
  root.File("/run/extensions", "a file");
  EXPECT_EQ(Publish(root, {Image("a", kA)}).code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(root.Read("/run/extensions"), "a file");
}

TEST(Publish, StagingDirectoryThatIsALinkIsChangedInPlace) {
  TempRoot root;
  root.Symlink("/var/ext", "/run/extensions");
  root.File("/var/ext/somebody's.raw", "S");
  ASSERT_TRUE(
      Publish(root, {Image("a", kA), Mask("m"), Image("gone", kA)}).ok());
  ASSERT_TRUE(Publish(root, {Image("a", kB), Image("m", kB), Mask("n")}).ok());
  // Absolute: relative ones would lead elsewhere from there.
  const std::string target =
      absl::StrCat(".raw -> /run/extgate/images/", kB, ".raw");
  EXPECT_THAT(root.Tree("/var/ext"),
              ElementsAre("a" + target, "m" + target, "n/"));
  EXPECT_EQ(root.Read("/run/extgate/foreign/sysext/somebody's.raw"), "S");
  EXPECT_THAT(root.Tree("/run"), Contains("extensions -> /var/ext"));
}

TEST(Publish, StagingDirectoryThatIsAMountPointIsChangedInPlace) {
  TempRoot root;
  root.Directory("/run/extensions");
  const int state = InMountNamespace(root, [&] {
    if (!MountTmpfs(root, "/run/extensions")) return kNoRightToMount;
    root.File("/run/extensions/.#extgate", "of a run that died");
    root.Symlink("/srv/x.raw", "/run/extensions/somebody's.raw");
    if (!Publish(root, {Image("a", kA), Mask("m"), Mask("x")}).ok()) return 1;
    if (!Publish(root, {Image("a", kB), Mask("m")}).ok()) return 2;
    if (root.Tree("/run/extensions") !=
        std::vector<std::string>{LinkTo("a", kB), "m/"}) {
      return 3;
    }
    if (!root.Exists("/run/extgate/foreign/sysext/somebody's.raw")) return 4;
    return root.Exists("/run/extgate/sets/sysext.new") ? 5 : 0;
  });
  if (state == kNoRightToMount) GTEST_SKIP() << "no right to mount";
  EXPECT_EQ(state, 0);
}

}  // namespace
}  // namespace extgate
