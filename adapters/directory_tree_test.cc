#include "adapters/directory_tree.h"

#include <sys/xattr.h>

#include <cerrno>
#include <optional>
#include <string>
#include <vector>

#include "adapters/root_dir.h"
#include "adapters/testing/temp_root.h"
#include "engine/image/filesystem_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kRelease[] = "usr/lib/extension-release.d";

TEST(DirectoryTree, ReadsWithLinksEndingAtTheExtension) {
  TempRoot root;
  root.File("/usr/lib/os-release", "ID=the host's");
  root.File("/ext/usr/lib/extension-release.d/extension-release.ext", "ID=x");
  root.Symlink("/usr/lib/os-release", "/ext/etc/os-release");
  root.Symlink("../../../../usr/lib/extension-release.d", "/ext/d");
  auto tree = DirectoryTree::Open(root.places().root(), "/ext");
  ASSERT_TRUE(tree.ok()) << tree.status();
  EXPECT_EQ((*tree)->type(), "directory");
  EXPECT_EQ(*(*tree)->TypeOf(kRelease), FileType::kDirectory);
  EXPECT_EQ(*(*tree)->TypeOf("d"), FileType::kDirectory);
  EXPECT_EQ(*(*tree)->TypeOf(""), FileType::kDirectory);
  EXPECT_THAT(
      *(*tree)->List("d"),
      ElementsAre(DirectoryEntry{"extension-release.ext", FileType::kRegular}));
  EXPECT_EQ(*(*tree)->ReadFile("d/extension-release.ext", 100), "ID=x");
  EXPECT_EQ((*tree)->ReadFile("d/extension-release.ext", 3).status().code(),
            absl::StatusCode::kResourceExhausted);
  // The host has that file, the extension does not.
  EXPECT_EQ((*tree)->ReadFile("etc/os-release", 100).status().code(),
            absl::StatusCode::kNotFound);
}

TEST(DirectoryTree, FindsUserAttributes) {
  TempRoot root;
  root.File("/ext/file");
  root.Fifo("/ext/fifo");
  const char kName[] = "user.extension-release.strict";
  if (setxattr(root.At("/ext/file").c_str(), kName, "0", 1, 0) != 0) {
    GTEST_SKIP() << "no user attributes on this file system: " << errno;
  }
  auto tree = DirectoryTree::Open(root.places().root(), "/ext");
  ASSERT_TRUE(tree.ok());
  EXPECT_EQ(*(*tree)->Xattr("file", kName), "0");
  EXPECT_EQ(*(*tree)->Xattr("file", "user.other"), std::nullopt);
  EXPECT_EQ(*(*tree)->Xattr("fifo", kName), std::nullopt);
  EXPECT_EQ((*tree)->Xattr("gone", kName).status().code(),
            absl::StatusCode::kNotFound);
}

// The tree is the one that image readers are tested with.
TEST(DirectoryTree, WalksWhatTheHostHas) {
  absl::StatusOr<RootDir> host = RootDir::Open("/");
  ASSERT_TRUE(host.ok()) << host.status();
  auto tree = DirectoryTree::Open(*host, SpecialSourceTree());
  ASSERT_TRUE(tree.ok()) << tree.status();
  EXPECT_THAT(WalkDifferences(**tree, SpecialSourceTree()), IsEmpty());
}

TEST(DirectoryTree, WalkStopsWhenItIsTold) {
  TempRoot root;
  root.File("/ext/a/file");
  root.File("/ext/b");
  auto tree = DirectoryTree::Open(root.places().root(), "/ext");
  ASSERT_TRUE(tree.ok());
  std::vector<std::string> paths;
  ASSERT_TRUE((*tree)
                  ->Walk([&](absl::string_view path, const NodeFacts&) {
                    paths.emplace_back(path);
                    return path != "a";
                  })
                  .ok());
  EXPECT_THAT(paths, ElementsAre("", "a"));
}

TEST(DirectoryTree, WalkEndsAtItsDepth) {
  TempRoot root;
  std::string deep = "/ext";
  for (size_t i = 0; i <= kMaxWalkedDepth; ++i) deep += "/d";
  root.Directory(deep);
  auto tree = DirectoryTree::Open(root.places().root(), "/ext");
  ASSERT_TRUE(tree.ok());
  size_t visited = 0;
  absl::Status status = (*tree)->Walk([&](absl::string_view, const NodeFacts&) {
    ++visited;
    return true;
  });
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_EQ(visited, kMaxWalkedDepth + 1);
}

TEST(DirectoryTree, IsNoFile) {
  TempRoot root;
  root.File("/file");
  EXPECT_EQ(DirectoryTree::Open(root.places().root(), "/file").status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(DirectoryTree::Open(root.places().root(), "/x").status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace extgate
