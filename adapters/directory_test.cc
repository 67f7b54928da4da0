#include "adapters/directory.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/io_status.h"
#include "adapters/root_dir.h"
#include "adapters/testing/temp_root.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Directory OpenTop(const TempRoot& root) {
  return *root.places().root().OpenDirectory("/");
}

TEST(ErrnoStatus, EachKindOfErrorHasItsCode) {
  const struct {
    int error;
    absl::StatusCode code;
  } kCases[] = {
      {ENOENT, absl::StatusCode::kNotFound},
      {EACCES, absl::StatusCode::kPermissionDenied},
      {EROFS, absl::StatusCode::kPermissionDenied},
      {ELOOP, absl::StatusCode::kFailedPrecondition},
      {ENOTDIR, absl::StatusCode::kFailedPrecondition},
      {ENOSPC, absl::StatusCode::kResourceExhausted},
      {EDQUOT, absl::StatusCode::kResourceExhausted},
      {EFBIG, absl::StatusCode::kResourceExhausted},
      {ENAMETOOLONG, absl::StatusCode::kInvalidArgument},
      {EIO, absl::StatusCode::kUnavailable},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(ErrnoStatus(c.error, "cannot open", "/x").code(), c.code)
        << c.error;
  }
  EXPECT_EQ(ErrnoStatus(ENOENT, "cannot open", "/x\n").message(),
            "cannot open `/x\\n`: no such file or directory");
}

TEST(CheckName, TakesOnlyOnePartOfAPath) {
  for (absl::string_view name : {"a", "a.raw", "...", " ", "-", "\xff\n'"}) {
    EXPECT_TRUE(CheckName(name).ok()) << name;
  }
  EXPECT_TRUE(CheckName(std::string(255, 'x')).ok());
  for (const std::string& name :
       {std::string(), std::string("."), std::string(".."), std::string("a/b"),
        std::string("/"), std::string("a\0b", 3), std::string(256, 'x')}) {
    EXPECT_EQ(CheckName(name).code(), absl::StatusCode::kInvalidArgument)
        << name;
  }
}

TEST(Directory, ListsRawNamesInByteOrderWithTheirTypes) {
  TempRoot root;
  root.File("/d/b \xff\n\"'.raw");
  root.File("/d/B");
  root.Directory("/d/sub");
  root.Symlink("nowhere", "/d/link");
  root.Fifo("/d/fifo");
  auto entries = root.places().root().ListDirectory("/d");
  ASSERT_TRUE(entries.ok()) << entries.status();
  EXPECT_THAT(*entries,
              ElementsAre(DirectoryEntry{"B", FileType::kRegular},
                          DirectoryEntry{"b \xff\n\"'.raw", FileType::kRegular},
                          DirectoryEntry{"fifo", FileType::kFifo},
                          DirectoryEntry{"link", FileType::kSymlink},
                          DirectoryEntry{"sub", FileType::kDirectory}));
}

TEST(Directory, ReadFileNeitherFollowsNorWaits) {
  TempRoot root;
  root.File("/file", "text");
  root.Symlink("file", "/link");
  root.Fifo("/fifo");
  root.Directory("/dir");
  const Directory top = OpenTop(root);
  EXPECT_EQ(*top.ReadFile("file", 4), "text");
  EXPECT_EQ(top.ReadFile("file", 3).status().code(),
            absl::StatusCode::kResourceExhausted);
  for (const char* name : {"link", "fifo", "dir"}) {
    EXPECT_EQ(top.ReadFile(name, 10).status().code(),
              absl::StatusCode::kFailedPrecondition)
        << name;
  }
}

TEST(Directory, WriteFileReplacesAtOnceAndLeavesNothingBehind) {
  TempRoot root;
  root.File("/name", "old");
  root.File("/.name.new", "left by a run that died");
  const Directory top = OpenTop(root);
  ASSERT_TRUE(top.WriteFile("name", "new", 0640).ok());
  EXPECT_EQ(root.Read("/name"), "new");
  EXPECT_THAT(root.Tree("/"), ElementsAre("name"));
  struct stat info;
  ASSERT_EQ(stat(root.At("/name").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0640u);
}

TEST(Directory, WriteFileReplacesASymlinkAndNotItsTarget) {
  TempRoot root;
  root.File("/target", "untouched");
  root.Symlink("target", "/name");
  ASSERT_TRUE(OpenTop(root).WriteFile("name", "new", 0600).ok());
  EXPECT_EQ(root.Read("/target"), "untouched");
  EXPECT_THAT(root.Tree("/"), ElementsAre("name", "target"));
}

TEST(Directory, MoveNeverReplaces) {
  TempRoot root;
  root.File("/a", "a");
  root.File("/b", "b");
  const Directory top = OpenTop(root);
  EXPECT_EQ(top.Move("a", top, "b").code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(root.Read("/b"), "b");
  ASSERT_TRUE(top.Move("a", top, "c").ok());
  EXPECT_THAT(root.Tree("/"), ElementsAre("b", "c"));
}

TEST(Directory, ExchangeSwapsADirectoryAndALink) {
  TempRoot root;
  root.Directory("/a");
  root.Symlink("target", "/b");
  const Directory top = OpenTop(root);
  ASSERT_TRUE(top.Exchange("a", top, "b").ok());
  EXPECT_THAT(root.Tree("/"), ElementsAre("a -> target", "b/"));
}

TEST(Directory, NoCallTakesAPath) {
  TempRoot root;
  root.Directory("/sub");
  const Directory sub = *root.places().root().OpenDirectory("/sub");
  constexpr absl::StatusCode kBad = absl::StatusCode::kInvalidArgument;
  for (absl::string_view name : {"../escape", "..", ".", "", "a/b"}) {
    EXPECT_EQ(sub.Open(name, O_RDONLY).status().code(), kBad) << name;
    EXPECT_EQ(sub.TypeOf(name).status().code(), kBad) << name;
    EXPECT_EQ(sub.ReadLink(name).status().code(), kBad) << name;
    EXPECT_EQ(sub.MakeDirectory(name, 0700).status().code(), kBad) << name;
    EXPECT_EQ(sub.MakeSymlink("x", name).code(), kBad) << name;
    EXPECT_EQ(sub.Remove(name).code(), kBad) << name;
    EXPECT_EQ(sub.RemoveDirectory(name).code(), kBad) << name;
    EXPECT_EQ(sub.Move("x", sub, name).code(), kBad) << name;
    EXPECT_EQ(sub.Replace(name, sub, "x").code(), kBad) << name;
    EXPECT_EQ(sub.Exchange(name, sub, "x").code(), kBad) << name;
  }
  EXPECT_THAT(root.Tree("/"), ElementsAre("sub/"));
}

TEST(Directory, RemoveIsDoneWhenThereIsNothing) {
  TempRoot root;
  root.File("/dir/file");
  const Directory top = OpenTop(root);
  EXPECT_TRUE(top.Remove("nothing").ok());
  EXPECT_TRUE(top.RemoveDirectory("nothing").ok());
  EXPECT_FALSE(top.RemoveDirectory("dir").ok());
  EXPECT_TRUE(root.Exists("/dir/file"));
}

}  // namespace
}  // namespace extgate
