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

using ::testing::Contains;
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
      {"null", Code::kOk, FileType::kCharDevice},
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

TEST(NodeTreeTest, UsrMountedOnRootHidesWhatRootHasThere) {
  auto root = std::make_unique<MemoryTree>();
  root->File("usr/lib/hidden", "hidden")
      .File("opt/tool", "tool")
      .Symlink("opt/into-usr", "/usr/lib/file")
      .Symlink("opt/into-hidden", "../usr/lib/hidden")
      .SetXattr("usr", "user.x", "hidden");
  auto usr = std::make_unique<MemoryTree>();
  usr->File("lib/file", "x").Symlink("lib/into-root", "../../opt/tool");
  auto both = MountOnUsr(std::move(root), std::move(usr));
  ASSERT_TRUE(both.ok()) << both.status();
  std::unique_ptr<Filesystem> filesystem = MakeFilesystem(*std::move(both));
  EXPECT_EQ(filesystem->type(), "memory");
  EXPECT_EQ(*filesystem->ReadFile("usr/lib/file", 10), "x");
  EXPECT_EQ(*filesystem->ReadFile("opt/into-usr", 10), "x");
  EXPECT_EQ(*filesystem->ReadFile("usr/lib/into-root", 10), "tool");
  EXPECT_TRUE(absl::IsNotFound(filesystem->TypeOf("usr/lib/hidden").status()));
  EXPECT_TRUE(absl::IsNotFound(filesystem->TypeOf("opt/into-hidden").status()));
  EXPECT_EQ(*filesystem->Xattr("usr", "user.x"), std::nullopt);
  std::vector<std::string> walked;
  EXPECT_TRUE(filesystem
                  ->Walk([&](absl::string_view path, const NodeFacts&) {
                    walked.emplace_back(path);
                    return true;
                  })
                  .ok());
  EXPECT_THAT(walked, ElementsAre("", "opt", "opt/into-hidden", "opt/into-usr",
                                  "opt/tool", "usr", "usr/lib", "usr/lib/file",
                                  "usr/lib/into-root"));
}

TEST(NodeTreeTest, UsrIsMountedOnADirectoryOnly) {
  const auto mount = [](std::unique_ptr<MemoryTree> root) {
    return MountOnUsr(std::move(root), std::make_unique<MemoryTree>()).status();
  };
  auto none = std::make_unique<MemoryTree>();
  none->File("opt/usr/file", "x");
  EXPECT_TRUE(absl::IsUnimplemented(mount(std::move(none))));
  auto link = std::make_unique<MemoryTree>();
  link->Directory("opt").Symlink("usr", "opt");
  EXPECT_TRUE(absl::IsUnimplemented(mount(std::move(link))));
  auto file = std::make_unique<MemoryTree>();
  file->File("usr", "x");
  EXPECT_TRUE(absl::IsUnimplemented(mount(std::move(file))));
}

TEST(NodeTreeTest, AnInodeOfRootNeverLeadsIntoUsr) {
  auto root = std::make_unique<MemoryTree>();
  root->Directory("usr").RawEntry("opt", "stolen", FileType::kDirectory,
                                  uint64_t{1} << 63);
  auto both = MountOnUsr(std::move(root), std::make_unique<MemoryTree>());
  ASSERT_TRUE(both.ok()) << both.status();
  EXPECT_TRUE(
      absl::IsDataLoss(MakeFilesystem(*std::move(both))->List("opt").status()));
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

std::vector<std::string> Walked(Filesystem& filesystem, absl::Status& status) {
  std::vector<std::string> paths;
  status = filesystem.Walk([&paths](absl::string_view path, const NodeFacts&) {
    paths.emplace_back(path);
    return true;
  });
  return paths;
}

TEST(WalkTest, MeetsEveryNameOnceInOrder) {
  auto filesystem = MakeFilesystem(SampleTree());
  absl::Status status;
  EXPECT_THAT(Walked(*filesystem, status),
              ElementsAre("", "a", "a/b", "a/b/file", "a/far-up", "a/up",
                          "absolute", "chain", "dangling", "empty", "loop",
                          "null", "ping", "pong", "top"));
  EXPECT_TRUE(status.ok()) << status;
}

TEST(WalkTest, OfAUsrPartitionBeginsAboveIt) {
  auto tree = std::make_unique<MemoryTree>();
  tree->File("bin/tool", "x");
  auto filesystem =
      MakeFilesystem(MountTree(std::move(tree), Designator::kUsr));
  absl::Status status;
  EXPECT_THAT(Walked(*filesystem, status),
              ElementsAre("", "usr", "usr/bin", "usr/bin/tool"));
  EXPECT_TRUE(status.ok()) << status;
}

TEST(WalkTest, HandsOverWhatANodeSaysAndNoOtherAttributes) {
  auto tree = std::make_unique<MemoryTree>();
  NodeFacts facts;
  facts.permissions = 04755;
  facts.uid = 1;
  facts.gid = 2;
  tree->File("file", "four")
      .SetFacts("file", facts)
      .SetXattr("file", "security.capability", "cap")
      .SetXattr("file", "user.overlay.opaque", "y")
      .SetXattr("file", "user.other", "o");
  auto filesystem = MakeFilesystem(std::move(tree));
  NodeFacts walked;
  ASSERT_TRUE(filesystem
                  ->Walk([&](absl::string_view, const NodeFacts& found) {
                    walked = found;
                    return true;
                  })
                  .ok());
  facts.type = FileType::kRegular;
  facts.size_bytes = 4;
  facts.xattrs = {{"security.capability", "cap"}, {"user.overlay.opaque", "y"}};
  EXPECT_EQ(walked, facts);
}

TEST(WalkTest, StopsWhenItIsTold) {
  auto filesystem = MakeFilesystem(SampleTree());
  int left = 3;
  EXPECT_TRUE(filesystem
                  ->Walk([&left](absl::string_view, const NodeFacts&) {
                    return --left > 0;
                  })
                  .ok());
  EXPECT_EQ(left, 0);
}

TEST(WalkTest, ADirectoryMetTwiceIsCorrupt) {
  for (const char* again : {"", "z", "z/y"}) {
    auto tree = SampleTree();
    tree->Directory("z/y");
    const uint64_t node = tree->NodeOf(again);
    tree->RawEntry("z/y", "again", FileType::kDirectory, node);
    auto filesystem = MakeFilesystem(std::move(tree));
    absl::Status status;
    EXPECT_THAT(Walked(*filesystem, status), Contains("z/y/again"));
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("`z/y/again` stands in another place too"));
  }
}

TEST(WalkTest, AFileMetTwiceIsALink) {
  auto tree = SampleTree();
  const uint64_t node = tree->NodeOf("top");
  tree->RawEntry("a/b", "link", FileType::kRegular, node);
  auto filesystem = MakeFilesystem(std::move(tree));
  absl::Status status;
  EXPECT_THAT(Walked(*filesystem, status), Contains("a/b/link"));
  EXPECT_TRUE(status.ok()) << status;
}

TEST(WalkTest, AnEntryOfAnotherTypeThanItsInodeIsCorrupt) {
  auto tree = SampleTree();
  const uint64_t node = tree->NodeOf("top");
  tree->RawEntry("a/b", "z", FileType::kDirectory, node);
  auto filesystem = MakeFilesystem(std::move(tree));
  absl::Status status;
  Walked(*filesystem, status);
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
}

TEST(WalkTest, EndsAtItsDepth) {
  for (size_t more : {0, 1}) {
    auto tree = std::make_unique<MemoryTree>();
    std::string deep;
    for (size_t i = 0; i < kMaxWalkedDepth + more; ++i) deep += "/d";
    tree->Directory(deep);
    auto filesystem = MakeFilesystem(std::move(tree));
    absl::Status status;
    EXPECT_EQ(Walked(*filesystem, status).size(), kMaxWalkedDepth + 1);
    EXPECT_EQ(absl::IsResourceExhausted(status), more == 1) << status;
  }
}

// Names by the thousand that all lead to one file.
TEST(WalkTest, EndsAtItsNumberOfNames) {
  auto tree = std::make_unique<MemoryTree>();
  tree->File("file", "x");
  const uint64_t file = tree->NodeOf("file");
  constexpr uint64_t kPerDirectory = 50000;
  for (uint64_t i = 0; i <= kMaxWalkedNames / kPerDirectory; ++i) {
    const std::string directory = absl::StrCat("d", i);
    for (uint64_t j = 0; j < kPerDirectory; ++j) {
      tree->RawEntry(directory, absl::StrCat(1000000 + j), FileType::kRegular,
                     file);
    }
  }
  auto filesystem = MakeFilesystem(std::move(tree));
  absl::Status status;
  const size_t names = Walked(*filesystem, status).size();
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_LE(names, kMaxWalkedNames + 1);
}

TEST(WalkTest, EndsAtItsBytesOfAttributes) {
  auto tree = std::make_unique<MemoryTree>();
  tree->File("file", "x")
      .SetXattr("file", "user.big", std::string(1 << 20, 'x'));
  const uint64_t file = tree->NodeOf("file");
  for (uint64_t i = 0; i < 300; ++i) {
    tree->RawEntry("many", absl::StrCat(1000 + i), FileType::kRegular, file);
  }
  auto filesystem = MakeFilesystem(std::move(tree));
  absl::Status status;
  Walked(*filesystem, status);
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("attributes"));
}

TEST(WalkTest, AnEmptyAttributeCountsToo) {
  DescribedNode node;
  node.Pass("", "");
  EXPECT_GT(node.xattr_bytes, 0u);
}

TEST(WalkTest, PassesErrorsOn) {
  auto tree = SampleTree();
  tree->SetError("a/b", absl::DataLossError("broken"));
  auto filesystem = MakeFilesystem(std::move(tree));
  absl::Status status;
  EXPECT_THAT(Walked(*filesystem, status), ElementsAre("", "a", "a/b"));
  EXPECT_EQ(status.message(), "broken");
}

}  // namespace
}  // namespace extgate
