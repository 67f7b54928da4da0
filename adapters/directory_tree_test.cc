#include "adapters/directory_tree.h"

#include <sys/xattr.h>

#include <cerrno>
#include <optional>
#include <string>

#include "adapters/testing/temp_root.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;

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
