#include "engine/image/extension_release.h"

#include <memory>
#include <string>
#include <utility>

#include "engine/image/memory_tree.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::HasSubstr;

constexpr char kDir[] = "usr/lib/extension-release.d/";
constexpr char kStrict[] = "user.extension-release.strict";

Evidence<ExtensionRelease> Find(std::unique_ptr<MemoryTree> tree,
                                absl::string_view name,
                                ImageClass image_class = ImageClass::kSysext) {
  std::unique_ptr<Filesystem> filesystem = MakeFilesystem(std::move(tree));
  absl::StatusOr<Evidence<ExtensionRelease>> found =
      FindExtensionRelease(*filesystem, image_class, name);
  EXPECT_TRUE(found.ok()) << found.status();
  return found.ok() ? *found : Evidence<ExtensionRelease>();
}

std::unique_ptr<MemoryTree> TreeWith(absl::string_view suffix) {
  auto tree = std::make_unique<MemoryTree>();
  tree->File(std::string(kDir) + "extension-release." + std::string(suffix),
             "ID=_any\n");
  return tree;
}

struct NameCase {
  std::string image;
  std::string inside;
  std::string strict;  // the attribute; "-": none
  bool found;
};

TEST(ExtensionReleaseTest, FallsBackExactlyAsSystemdDoes) {
  const NameCase kCases[] = {
      {"k3s", "k3s", "-", true},
      {"k3s", "other", "-", false},
      {"k3s", "other", "1", false},
      {"k3s", "other", "yes", false},
      {"k3s", "other", "TRUE", false},
      {"k3s", "other", "nonsense", false},
      {"k3s", "other", "", false},
      {"k3s", "other", "0", true},
      {"k3s", "other", "no", true},
      {"k3s", "other", "N", true},
      {"k3s", "other", "False", true},
      {"k3s", "other", "f", true},
      {"k3s", "other", "OFF", true},
      {"k3s", "other", std::string("0\0", 2), true},
      {"k3s", "other", "00", false},
      {"k3s_1.30", "k3s", "-", true},
      {"k3s+1", "k3s", "-", true},
      {"k3sv1.30.0+k3s1", "k3sv1.30.0", "-", true},
      {"k3s+1_2", "k3s", "-", true},
      {"k3s_1", "k3s", "1", true},
      {"k3s-1.30", "k3s", "-", false},
      {"k3s", "k3s_1", "-", false},
      {"k3s_1", "k3s_2", "-", false},
      {"k3s.raw", "k3s", "-", true},
      {"k3s.sysext.raw", "k3s", "-", true},
      {"_1", "other", "0", false},
      {"k3s", ".#temporary", "0", false},
      {"k3s", "new\nline", "0", false},
      {"", "", "0", false},
  };
  for (const NameCase& name : kCases) {
    SCOPED_TRACE(name.image + " / " + name.inside + " / " + name.strict);
    std::unique_ptr<MemoryTree> tree = TreeWith(name.inside);
    if (name.strict != "-") {
      tree->SetXattr(std::string(kDir) + "extension-release." + name.inside,
                     kStrict, name.strict);
    }
    const Evidence<ExtensionRelease> found = Find(std::move(tree), name.image);
    if (!name.found) {
      EXPECT_TRUE(found.absent());
      continue;
    }
    ASSERT_NE(found.value(), nullptr);
    EXPECT_EQ(found.value()->name, name.inside);
    EXPECT_EQ(found.value()->by_fallback, name.image != name.inside);
    // What has the attribute and is found is found by it, but for strict `1`.
    EXPECT_EQ(found.value()->lax, name.strict != "-" && name.strict != "1");
    EXPECT_EQ(found.value()->fields.at("ID"), "_any");
  }
}

TEST(ExtensionReleaseTest, TheRightNameWinsOverAnyOther) {
  std::unique_ptr<MemoryTree> tree = TreeWith("k3s");
  tree->File(std::string(kDir) + "extension-release.a", "ID=a\n")
      .SetXattr(std::string(kDir) + "extension-release.a", kStrict, "0")
      .File(std::string(kDir) + "extension-release.b", "ID=b\n")
      .SetXattr(std::string(kDir) + "extension-release.b", kStrict, "0");
  const Evidence<ExtensionRelease> found = Find(std::move(tree), "k3s");
  ASSERT_NE(found.value(), nullptr);
  EXPECT_FALSE(found.value()->by_fallback);
}

TEST(ExtensionReleaseTest, TwoAcceptableOnesAreRefused) {
  std::unique_ptr<MemoryTree> tree = TreeWith("k3s");
  tree->File(std::string(kDir) + "extension-release.other", "ID=b\n");
  const std::string other = std::string(kDir) + "extension-release.other";
  // One of them is strict: no ambiguity.
  ASSERT_NE(Find(std::move(tree), "k3s_1").value(), nullptr);
  tree = TreeWith("k3s");
  tree->File(other, "ID=b\n").SetXattr(other, kStrict, "no");
  const Evidence<ExtensionRelease> found = Find(std::move(tree), "k3s_1");
  ASSERT_NE(found.malformed(), nullptr);
  EXPECT_THAT(found.malformed()->why, HasSubstr("both"));
}

TEST(ExtensionReleaseTest, OnlyRegularFilesAreCandidates) {
  auto tree = std::make_unique<MemoryTree>();
  tree->File("usr/real", "ID=x\n")
      .Symlink(std::string(kDir) + "extension-release.k3s", "/usr/real")
      .Directory(std::string(kDir) + "extension-release.d")
      .File(std::string(kDir) + "another-file", "ID=x\n");
  EXPECT_TRUE(Find(std::move(tree), "k3s_1").absent());
}

TEST(ExtensionReleaseTest, ASymlinkOfTheRightNameIsFollowedInside) {
  auto tree = std::make_unique<MemoryTree>();
  tree->File("usr/share/release", "ID=linked\n")
      .Symlink(std::string(kDir) + "extension-release.k3s",
               "../../../../../../usr/share/release");
  const Evidence<ExtensionRelease> found = Find(std::move(tree), "k3s");
  ASSERT_NE(found.value(), nullptr);
  EXPECT_EQ(found.value()->fields.at("ID"), "linked");
}

TEST(ExtensionReleaseTest, ADanglingSymlinkIsNoFile) {
  auto tree = std::make_unique<MemoryTree>();
  tree->Symlink(std::string(kDir) + "extension-release.k3s", "/nowhere");
  EXPECT_TRUE(Find(std::move(tree), "k3s").absent());
}

struct BrokenCase {
  std::string name;
  void (*spoil)(MemoryTree&, const std::string& path);
  std::string why;
};

TEST(ExtensionReleaseTest, WhatIsThereAndBrokenIsMalformed) {
  const BrokenCase kCases[] = {
      {"symlink loop",
       [](MemoryTree& tree, const std::string& path) {
         tree.Symlink(path, "extension-release.k3s");
       },
       "symlinks"},
      {"directory",
       [](MemoryTree& tree, const std::string& path) { tree.Directory(path); },
       "not a regular file"},
      {"device",
       [](MemoryTree& tree, const std::string& path) { tree.Device(path); },
       "not a regular file"},
      {"100 MB",
       [](MemoryTree& tree, const std::string& path) {
         tree.File(path, "ID=x\n").SetSize(path, 100 << 20);
       },
       "too long"},
      {"one byte over",
       [](MemoryTree& tree, const std::string& path) {
         tree.File(path, std::string(65537, '\n'));
       },
       "too long"},
      {"not parsable",
       [](MemoryTree& tree, const std::string& path) {
         tree.File(path, "ID=x\nB=\"\n");
       },
       "line 2"},
      {"corrupt",
       [](MemoryTree& tree, const std::string& path) {
         tree.File(path, "").SetError(path, absl::DataLossError("rotten"));
       },
       "rotten"},
      {"a file where the directory should be",
       [](MemoryTree& tree, const std::string&) {
         tree.File("usr/lib/extension-release.d", "");
       },
       "not a directory"},
  };
  for (const BrokenCase& broken : kCases) {
    SCOPED_TRACE(broken.name);
    auto tree = std::make_unique<MemoryTree>();
    broken.spoil(*tree, broken.name.rfind("a file", 0) == 0
                            ? std::string()
                            : std::string(kDir) + "extension-release.k3s");
    const Evidence<ExtensionRelease> found = Find(std::move(tree), "k3s");
    ASSERT_NE(found.malformed(), nullptr);
    EXPECT_THAT(found.malformed()->why, HasSubstr(broken.why));
  }
}

TEST(ExtensionReleaseTest, SixtyFourKibibytesAreRead) {
  auto tree = std::make_unique<MemoryTree>();
  tree->File(std::string(kDir) + "extension-release.k3s",
             "ID=x\n" + std::string(65531, '\n'));
  EXPECT_NE(Find(std::move(tree), "k3s").value(), nullptr);
}

TEST(ExtensionReleaseTest, AnUnknownWayOfStoringIsUnsupported) {
  std::unique_ptr<MemoryTree> tree = TreeWith("k3s");
  tree->SetError(std::string(kDir) + "extension-release.k3s",
                 absl::UnimplementedError("erofs with zstd compression"));
  const Evidence<ExtensionRelease> found = Find(std::move(tree), "k3s");
  ASSERT_NE(found.unsupported(), nullptr);
  EXPECT_EQ(found.unsupported()->what, "erofs with zstd compression");
}

TEST(ExtensionReleaseTest, AnIoErrorIsNoEvidence) {
  std::unique_ptr<MemoryTree> tree = TreeWith("k3s");
  tree->SetError("usr/lib", absl::UnavailableError("disk gone"));
  std::unique_ptr<Filesystem> filesystem = MakeFilesystem(std::move(tree));
  EXPECT_TRUE(absl::IsUnavailable(
      FindExtensionRelease(*filesystem, ImageClass::kSysext, "k3s").status()));
}

TEST(ExtensionReleaseTest, AConfextHasItBelowEtc) {
  auto tree = std::make_unique<MemoryTree>();
  tree->File("etc/extension-release.d/extension-release.c", "ID=conf\n")
      .File(std::string(kDir) + "extension-release.c", "ID=sys\n");
  const Evidence<ExtensionRelease> found =
      Find(std::move(tree), "c", ImageClass::kConfext);
  ASSERT_NE(found.value(), nullptr);
  EXPECT_EQ(found.value()->fields.at("ID"), "conf");
}

}  // namespace
}  // namespace extgate
