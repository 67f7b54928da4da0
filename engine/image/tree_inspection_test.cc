#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/image/inspect.h"
#include "engine/image/memory_tree.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

TreeFile File(const std::string& path, FileType type) {
  TreeFile file;
  file.path = path;
  file.type = type;
  return file;
}

Evidence<TreeFacts> Walked(std::unique_ptr<MemoryTree> tree) {
  std::unique_ptr<Filesystem> filesystem = MakeFilesystem(std::move(tree));
  ImageFacts facts;
  InspectTree(*filesystem, facts);
  return facts.tree;
}

TEST(InspectTreeTest, SaysWhatEachNameIs) {
  auto tree = std::make_unique<MemoryTree>();
  NodeFacts setuid;
  setuid.permissions = 04755;
  setuid.uid = 7;
  setuid.gid = 8;
  tree->File("usr/bin/su", "x").SetFacts("usr/bin/su", setuid);
  tree->SetXattr("usr/bin/su", "security.capability", "x");
  tree->SetXattr("usr/bin/su", "user.other", "x");
  tree->Symlink("usr/bin/sudo", "su").Device("usr/null");
  const Evidence<TreeFacts> walked = Walked(std::move(tree));
  ASSERT_NE(walked.value(), nullptr);
  EXPECT_FALSE(walked.value()->truncated);
  TreeFile link = File("usr/bin/sudo", FileType::kSymlink);
  link.target = "su";
  TreeFile device = File("usr/null", FileType::kCharDevice);
  device.device_major = 1;
  device.device_minor = 3;
  EXPECT_THAT(walked.value()->files,
              ElementsAre(File("usr", FileType::kDirectory),
                          File("usr/bin", FileType::kDirectory),
                          TreeFile{"usr/bin/su",
                                   FileType::kRegular,
                                   04755,
                                   7,
                                   8,
                                   0,
                                   0,
                                   "",
                                   {"security.capability"}},
                          link, device));
}

TEST(InspectTreeTest, KeepsTheFirstOfTooManyNames) {
  auto tree = std::make_unique<MemoryTree>();
  for (int i = 0; i < 70000; ++i) {
    tree->File(absl::StrCat("d", 100 + i % 100, "/", i), "");
  }
  const Evidence<TreeFacts> walked = Walked(std::move(tree));
  ASSERT_NE(walked.value(), nullptr);
  EXPECT_TRUE(walked.value()->truncated);
  EXPECT_THAT(walked.value()->files, SizeIs(kMaxTreeFiles));
  EXPECT_EQ(walked.value()->files.front().path, "d100");
}

TEST(InspectTreeTest, KeepsTheFirstOfTooMuchText) {
  auto tree = std::make_unique<MemoryTree>();
  for (int i = 0; i < 1100; ++i) {
    tree->Symlink(absl::StrCat("l", 1000 + i), std::string(4000, 't'));
  }
  const Evidence<TreeFacts> walked = Walked(std::move(tree));
  ASSERT_NE(walked.value(), nullptr);
  EXPECT_TRUE(walked.value()->truncated);
  EXPECT_EQ(walked.value()->files.size(), kMaxTreeText / 4005);
}

TEST(InspectTreeTest, ANameThatIsNotTextIsNoEvidence) {
  for (const char* name : {"usr/\xff", "usr/a\xc3"}) {
    auto tree = std::make_unique<MemoryTree>();
    tree->File(name, "x");
    EXPECT_NE(Walked(std::move(tree)).malformed(), nullptr) << name;
  }
  auto tree = std::make_unique<MemoryTree>();
  tree->Symlink("usr/link", "\xff");
  EXPECT_NE(Walked(std::move(tree)).malformed(), nullptr);
}

TEST(InspectTreeTest, ATreeThatCannotBeWalkedIsNoEvidence) {
  auto tree = std::make_unique<MemoryTree>();
  tree->Directory("usr").SetError("usr", absl::DataLossError("rotten"));
  EXPECT_EQ(Walked(std::move(tree)),
            Evidence<TreeFacts>(Malformed{"tree", "rotten"}));
  tree = std::make_unique<MemoryTree>();
  tree->Directory("usr").SetError("usr", absl::UnimplementedError("odd"));
  EXPECT_EQ(Walked(std::move(tree)), Evidence<TreeFacts>(Unsupported{"odd"}));
}

}  // namespace
}  // namespace extgate
