#include "engine/image/node_tree.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/image/memory_tree.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::unique_ptr<MemoryTree> SampleTree() {
  auto tree = std::make_unique<MemoryTree>();
  tree->File("a/b/file", "content")
      .File("top", "t")
      .Symlink("a/up", "../top")
      .Symlink("a/far-up", "../../../../top")
      .Symlink("absolute", "/a/b")
      .Symlink("chain", "absolute/../up")
      .Symlink("dangling", "nowhere")
      .Symlink("loop", "loop")
      .Symlink("ping", "pong")
      .Symlink("pong", "ping")
      .Symlink("empty", "")
      .Device("null");
  return tree;
}

struct PathCase {
  std::string path;
  absl::StatusCode code;
  FileType type;
};

TEST(NodeTreeTest, WalksPathsWithinTheRoot) {
  using Code = absl::StatusCode;
  const FileType none = FileType::kOther;
  const PathCase kCases[] = {
      {"", Code::kOk, FileType::kDirectory},
      {"a", Code::kOk, FileType::kDirectory},
      {"a/b/file", Code::kOk, FileType::kRegular},
      {"/a//b/./file", Code::kOk, FileType::kRegular},
      {"null", Code::kOk, FileType::kOther},
      {"a/b/../../top", Code::kOk, FileType::kRegular},
      {"../../top", Code::kOk, FileType::kRegular},
      {"a/up", Code::kOk, FileType::kRegular},
      {"a/far-up", Code::kOk, FileType::kRegular},
      {"absolute/file", Code::kOk, FileType::kRegular},
      {"chain", Code::kOk, FileType::kRegular},
      {"missing", Code::kNotFound, none},
      {"a/missing/file", Code::kNotFound, none},
      {"dangling", Code::kNotFound, none},
      {"top/below", Code::kFailedPrecondition, none},
      {"top/..", Code::kFailedPrecondition, none},
      {"null/below", Code::kFailedPrecondition, none},
      {"loop", Code::kResourceExhausted, none},
      {"ping", Code::kResourceExhausted, none},
      {"empty", Code::kDataLoss, none},
      {std::string(256, 'n'), Code::kNotFound, none},
  };
  std::unique_ptr<Filesystem> filesystem = MakeFilesystem(SampleTree());
  for (const PathCase& path : kCases) {
    SCOPED_TRACE(path.path);
    absl::StatusOr<FileType> type = filesystem->TypeOf(path.path);
    EXPECT_EQ(type.status().code(), path.code) << type.status();
    if (type.ok()) {
      EXPECT_EQ(*type, path.type);
    }
  }
}

TEST(NodeTreeTest, ListsInOrderWithTypesOfEntries) {
  std::unique_ptr<Filesystem> filesystem = MakeFilesystem(SampleTree());
  absl::StatusOr<std::vector<DirectoryEntry>> entries = filesystem->List("a");
  ASSERT_TRUE(entries.ok()) << entries.status();
  EXPECT_THAT(*entries,
              ElementsAre(DirectoryEntry{"b", FileType::kDirectory},
                          DirectoryEntry{"far-up", FileType::kSymlink},
                          DirectoryEntry{"up", FileType::kSymlink}));
  EXPECT_TRUE(absl::IsFailedPrecondition(filesystem->List("top").status()));
  EXPECT_TRUE(
      absl::IsFailedPrecondition(filesystem->ReadFile("a", 100).status()));
}

TEST(NodeTreeTest, AFollowedSymlinkNeverLeavesAUsrPartition) {
  auto usr = std::make_unique<MemoryTree>();
  usr->File("lib/file", "x")
      .Symlink("absolute", "/usr/lib/file")
      .Symlink("without-usr", "/lib/file")
      .Symlink("up", "../../../usr/lib/file");
  std::unique_ptr<Filesystem> filesystem =
      MakeFilesystem(MountTree(std::move(usr), Designator::kUsr));
  EXPECT_EQ(filesystem->type(), "memory");
  EXPECT_EQ(*filesystem->ReadFile("usr/lib/file", 10), "x");
  EXPECT_EQ(*filesystem->ReadFile("usr/absolute", 10), "x");
  EXPECT_EQ(*filesystem->ReadFile("usr/up", 10), "x");
  EXPECT_TRUE(absl::IsNotFound(filesystem->TypeOf("usr/without-usr").status()));
  EXPECT_TRUE(absl::IsNotFound(filesystem->TypeOf("lib/file").status()));
  EXPECT_THAT(*filesystem->List(""),
              ElementsAre(DirectoryEntry{"usr", FileType::kDirectory}));
  EXPECT_EQ(*filesystem->Xattr("", "user.x"), std::nullopt);
}

struct CorruptCase {
  std::string name;
  std::vector<std::string> names;  // in stored order
  std::string message;
};

TEST(NodeTreeTest, RefusesDirectoriesTheKernelCouldSeeTwoWays) {
  const CorruptCase kCases[] = {
      {"slash", {"a/b"}, "`a/b`"},
      {"nul", {std::string("a\0b", 3)}, "`a\\x00b`"},
      {"empty", {""}, "``"},
      {"too long", {std::string(256, 'x')}, "xxx"},
      {"out of order", {"b", "a"}, "`a` after `b`"},
      {"twice", {"a", "a"}, "`a` after `a`"},
  };
  for (const CorruptCase& corrupt : kCases) {
    SCOPED_TRACE(corrupt.name);
    auto tree = std::make_unique<MemoryTree>();
    const uint64_t file = tree->File("file", "x").NodeOf("file");
    for (const std::string& name : corrupt.names) {
      tree->RawEntry("d", name, FileType::kRegular, file);
    }
    std::unique_ptr<Filesystem> filesystem = MakeFilesystem(std::move(tree));
    absl::Status listed = filesystem->List("d").status();
    EXPECT_TRUE(absl::IsDataLoss(listed)) << listed;
    EXPECT_THAT(std::string(listed.message()), HasSubstr(corrupt.message));
    EXPECT_TRUE(absl::IsDataLoss(filesystem->TypeOf("d/a").status()));
  }
}

TEST(NodeTreeTest, AnEntryAndItsInodeMustAgree) {
  auto tree = std::make_unique<MemoryTree>();
  const uint64_t file = tree->File("file", "x").NodeOf("file");
  tree->RawEntry("d", "lies", FileType::kDirectory, file)
      .RawEntry("d", "says nothing", std::nullopt, file)
      .RawEntry("d", "to nothing", FileType::kRegular, 12345);
  std::unique_ptr<Filesystem> filesystem = MakeFilesystem(std::move(tree));
  EXPECT_TRUE(absl::IsDataLoss(filesystem->TypeOf("d/lies").status()));
  EXPECT_TRUE(absl::IsDataLoss(filesystem->TypeOf("d/to nothing").status()));
  EXPECT_EQ(*filesystem->TypeOf("d/says nothing"), FileType::kRegular);
  absl::StatusOr<std::vector<DirectoryEntry>> entries = filesystem->List("d");
  ASSERT_TRUE(entries.ok());
  EXPECT_EQ((*entries)[1].type, FileType::kRegular);
}

TEST(NodeTreeTest, ADirectoryMayHoldItself) {
  auto tree = std::make_unique<MemoryTree>();
  tree->Directory("d").RawEntry("d", "d", FileType::kDirectory,
                                tree->NodeOf("d"));
  std::unique_ptr<Filesystem> filesystem = MakeFilesystem(std::move(tree));
  std::string path = "d";
  for (int i = 0; i < 1000; ++i) path += "/d";
  EXPECT_EQ(*filesystem->TypeOf(path), FileType::kDirectory);
  for (int i = 0; i < 100; ++i) path += "/d";
  EXPECT_TRUE(absl::IsResourceExhausted(filesystem->TypeOf(path).status()));
}

TEST(NodeTreeTest, BoundsEveryDirectory) {
  auto tree = std::make_unique<MemoryTree>();
  tree->Directory("long").SetSize("long", (8 << 20) + 1);
  for (int i = 0; i < 65536; ++i) {
    tree->RawEntry("full", absl::StrCat(100000 + i), FileType::kRegular, 0);
  }
  tree->Directory("over").SetSize("full", 1).SetSize("over", 1);
  for (int i = 0; i < 65537; ++i) {
    tree->RawEntry("over", absl::StrCat(100000 + i), FileType::kRegular, 0);
  }
  std::unique_ptr<Filesystem> filesystem = MakeFilesystem(std::move(tree));
  EXPECT_TRUE(absl::IsResourceExhausted(filesystem->List("long").status()));
  EXPECT_TRUE(absl::IsResourceExhausted(filesystem->TypeOf("long/x").status()));
  EXPECT_EQ(filesystem->List("full")->size(), 65536u);
  EXPECT_TRUE(absl::IsResourceExhausted(filesystem->List("over").status()));
}

TEST(NodeTreeTest, BoundsTheWorkOfALife) {
  auto tree = std::make_unique<MemoryTree>();
  tree->Directory("d").SetSize("d", 8 << 20);
  std::unique_ptr<Filesystem> filesystem = MakeFilesystem(std::move(tree));
  int calls = 0;
  while (calls < 100 && filesystem->List("d").ok()) ++calls;
  EXPECT_EQ(calls, 31);
}

TEST(NodeTreeTest, PassesOnErrorsOfTheTree) {
  auto tree = std::make_unique<MemoryTree>();
  tree->Directory("bad").SetError("bad", absl::UnavailableError("disk gone"));
  std::unique_ptr<Filesystem> filesystem = MakeFilesystem(std::move(tree));
  EXPECT_TRUE(absl::IsUnavailable(filesystem->List("bad").status()));
  EXPECT_TRUE(absl::IsUnavailable(filesystem->TypeOf("bad/x").status()));
}

}  // namespace
}  // namespace extgate
