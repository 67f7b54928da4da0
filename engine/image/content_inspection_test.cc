#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/image/content_table.h"
#include "engine/image/inspect.h"
#include "engine/image/memory_tree.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::unique_ptr<MemoryTree> GoodTree() {
  auto tree = std::make_unique<MemoryTree>();
  tree->File("usr/lib/extension-release.d/extension-release.x", "ID=_any\n");
  return tree;
}

ImageFacts Look(std::unique_ptr<MemoryTree> tree,
                Container container = Container::kGpt) {
  std::unique_ptr<Filesystem> filesystem = MakeFilesystem(std::move(tree));
  ImageFacts facts;
  facts.name = "x";
  facts.container = container;
  facts.filesystem = std::string("memory");
  InspectContents(*filesystem, facts);
  return facts;
}

TEST(InspectContentsTest, EveryForbiddenPathIsFoundInAnyForm) {
  for (const ForbiddenPath& forbidden : kForbiddenPaths) {
    SCOPED_TRACE(std::string(forbidden.path));
    for (int form = 0; form < 4; ++form) {
      std::unique_ptr<MemoryTree> tree = GoodTree();
      if (form == 0) tree->File(forbidden.path, "x");
      if (form == 1) tree->Directory(forbidden.path);
      if (form == 2) tree->Symlink(forbidden.path, "/oem/elsewhere");
      if (form == 3) tree->Device(forbidden.path);
      const ImageFacts facts = Look(std::move(tree));
      EXPECT_THAT(facts.forbidden_paths,
                  ElementsAre(std::string(forbidden.path)));
      EXPECT_NE(facts.release.value(), nullptr);
    }
  }
}

TEST(InspectContentsTest, NearMissesAreNot) {
  std::unique_ptr<MemoryTree> tree = GoodTree();
  tree->File("usr/lib/extgate-plugin", "x")
      .File("usr/lib/extgate.d/x", "x")
      .File("usr/bin/extgate2", "x")
      .File("usr/share/extgate/README", "x")
      .File("usr/lib/systemd/system/systemd-sysext.service", "x")
      .File("usr/lib/systemd/system/x.service.d/zzz-extgate.conf", "x")
      .File("usr/lib/extensions/x.raw", "x")
      .File("run", "no directory")
      .File("opt/usr/lib/extgate", "x");
  const ImageFacts facts = Look(std::move(tree));
  EXPECT_THAT(facts.forbidden_paths, IsEmpty());
  EXPECT_FALSE(facts.has_os_release);
  EXPECT_EQ(facts.filesystem, Evidence<std::string>("memory"));
}

TEST(InspectContentsTest, SymlinksOnTheWayAreFollowedWithinTheImage) {
  std::unique_ptr<MemoryTree> tree = GoodTree();
  tree->Symlink("usr/sbin", "bin").File("usr/bin/extgate", "x");
  EXPECT_THAT(Look(std::move(tree)).forbidden_paths,
              ElementsAre("usr/bin/extgate", "usr/sbin/extgate"));
  tree = GoodTree();
  tree->Symlink("usr/sbin", "bin").File("usr/bin/other", "x");
  EXPECT_THAT(Look(std::move(tree)).forbidden_paths, IsEmpty());
}

// Once merged, it leads to what the host has there.
TEST(InspectContentsTest, ASymlinkOutOfTheImageOnTheWayCounts) {
  std::unique_ptr<MemoryTree> tree = GoodTree();
  tree->Symlink("usr/local", "/var/local");
  EXPECT_THAT(Look(std::move(tree)).forbidden_paths,
              Contains("usr/local/lib/verity.d"));
}

TEST(InspectContentsTest, AnOsReleaseIsFound) {
  std::unique_ptr<MemoryTree> tree = GoodTree();
  tree->File("usr/lib/os-release", "ID=x\n");
  EXPECT_TRUE(Look(std::move(tree)).has_os_release);
  tree = GoodTree();
  tree->File("usr/share/os", "ID=x\n")
      .Symlink("usr/lib/os-release", "../share/os");
  EXPECT_TRUE(Look(std::move(tree)).has_os_release);
  // systemd looks for what it leads to, within the image.
  tree = GoodTree();
  tree->Symlink("usr/lib/os-release", "/etc/os-release");
  EXPECT_FALSE(Look(std::move(tree)).has_os_release);
  // An /etc/os-release is never merged.
  tree = GoodTree();
  tree->File("etc/os-release", "ID=x\n");
  EXPECT_FALSE(Look(std::move(tree)).has_os_release);
}

// Where a directory cannot be looked at, nothing is known to be absent.
TEST(InspectContentsTest, ADirectoryThatCannotBeReadIsNoAbsence) {
  std::unique_ptr<MemoryTree> tree = GoodTree();
  tree->Directory("etc").SetError("etc", absl::DataLossError("rotten"));
  EXPECT_NE(Look(std::move(tree)).filesystem.malformed(), nullptr);

  tree = GoodTree();
  tree->Directory("etc").SetError("etc", absl::UnimplementedError("odd"));
  EXPECT_EQ(Look(std::move(tree)).filesystem,
            Evidence<std::string>(Unsupported{"odd"}));

  tree = GoodTree();
  tree->Directory("etc").SetError("etc", absl::UnavailableError("disk gone"));
  EXPECT_EQ(Look(std::move(tree)).unreadable, "disk gone");

  tree = GoodTree();
  tree->Directory("etc").SetError("etc", absl::DataLossError("rotten"));
  EXPECT_EQ(Look(std::move(tree), Container::kDirectory).unreadable, "rotten");
}

TEST(InspectContentsTest, NothingIsSaidOfWhatCouldNotBeLookedAtWhole) {
  for (const absl::Status& error :
       {absl::DataLossError("rotten"), absl::UnimplementedError("odd"),
        absl::UnavailableError("disk gone")}) {
    std::unique_ptr<MemoryTree> tree = GoodTree();
    tree->File("usr/lib/os-release", "ID=x\n");
    tree->Directory("usr/lib/extgate");
    tree->Directory("etc").SetError("etc", error);
    const ImageFacts facts = Look(std::move(tree));
    EXPECT_TRUE(facts.release.absent()) << error;
    EXPECT_FALSE(facts.has_os_release) << error;
    EXPECT_TRUE(facts.forbidden_paths.empty()) << error;
  }
}

TEST(InspectContentsTest, NoReleaseIsAbsent) {
  EXPECT_TRUE(Look(std::make_unique<MemoryTree>()).release.absent());
}

}  // namespace
}  // namespace extgate
