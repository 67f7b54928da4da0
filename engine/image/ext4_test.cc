// ext4 as mkfs.ext4, debugfs and e2fsck write it, against the tree it is of.
#include "engine/image/ext4.h"

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/image/buffer_reader.h"
#include "engine/image/filesystem_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Makes an image of `source`, and has `then` done with it ("$image").
std::vector<uint8_t> MakeExt4(const std::string& options,
                              const std::string& source,
                              const std::string& then = "true",
                              int mebibytes = 40) {
  const std::string path = NewTemporaryPath("image.ext4");
  // The tools wait for a disk at every step.
  return MakeImage(
      absl::StrCat("PATH=$PATH:/usr/sbin:/sbin; ",
                   "image=$(mktemp /dev/shm/ext4-XXXXXX); ",
                   "trap 'rm -f $image $image.value' EXIT; truncate -s ",
                   mebibytes, "M $image && mkfs.ext4 -q -F -d ", source,
                   absl::StrContains(options, "-b ") ? " " : " -b 4096 ",
                   options,
                   " -E hash_seed=00000000-0000-4000-8000-000000000001",
                   " $image && ", then, " && mv $image ", path),
      path);
}

// e2fsck makes the hash trees, and says by 1 that it did.
constexpr char kIndex[] = "{ e2fsck -fyD $image; test $? -le 1; }";

// `tree` with the directory that mkfs.ext4 puts into every root.
const std::string& WithLostAndFound(const std::string& tree) {
  mkdir((tree + "/lost+found").c_str(), 0700);
  return tree;
}

// The shared tree without what no block of 1024 bytes holds.
const std::string& SmallBlockTree() {
  static const std::string* const kTree = [] {
    auto* tree = new std::string(WithLostAndFound(MakeSourceTree()));
    unlink((*tree + "/longer").c_str());
    removexattr((*tree + "/data/text-100").c_str(), "user.two");
    return tree;
  }();
  return *kTree;
}

struct Variant {
  std::string name;
  std::string options;
  std::string then = "true";
};

class Ext4VariantTest : public ::testing::TestWithParam<Variant> {};

TEST_P(Ext4VariantTest, ReadsBackItsSource) {
  const bool small = absl::StrContains(GetParam().options, "-b 1024");
  const std::string& source =
      small ? SmallBlockTree() : WithLostAndFound(SharedSourceTree());
  const std::vector<uint8_t> image =
      MakeExt4(GetParam().options, source, GetParam().then);
  BufferReader reader(image);
  absl::StatusOr<std::unique_ptr<Filesystem>> ext4 =
      OpenExt4(reader, Designator::kRoot);
  ASSERT_TRUE(ext4.ok()) << ext4.status();
  EXPECT_EQ((*ext4)->type(), "ext4");
  EXPECT_THAT(Differences(**ext4, source), IsEmpty());
}

TEST_P(Ext4VariantTest, WalksItsSource) {
  const std::string& source = WithLostAndFound(SpecialSourceTree());
  const std::vector<uint8_t> image =
      MakeExt4(GetParam().options, source, GetParam().then);
  BufferReader reader(image);
  absl::StatusOr<std::unique_ptr<Filesystem>> ext4 =
      OpenExt4(reader, Designator::kRoot);
  ASSERT_TRUE(ext4.ok()) << ext4.status();
  EXPECT_THAT(WalkDifferences(**ext4, source), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Mkfs, Ext4VariantTest,
    ::testing::Values(
        Variant{"Default", ""}, Variant{"Blocks1024", "-b 1024"},
        Variant{"Blocks2048", "-b 2048"}, Variant{"Blocks4096", "-b 4096"},
        Variant{"BlockMaps", "-b 1024 -O ^extent,^64bit,^flex_bg"},
        Variant{"BlockMaps4096", "-O ^extent,^64bit"},
        Variant{"NoChecksums", "-O ^metadata_csum,uninit_bg"},
        Variant{"No64Bit", "-O ^64bit"},
        Variant{"MetaGroups", "-b 1024 -O meta_bg,^resize_inode"},
        Variant{"SmallInodes", "-I 128"}, Variant{"LargeInodes", "-I 1024"},
        Variant{"NoTypes", "-O ^filetype"},
        Variant{"InlineData", "-O inline_data"},
        Variant{"InlineDataLarge", "-O inline_data -I 1024"},
        Variant{"XattrInodes", "-O ea_inode"},
        Variant{"Clusters", "-O bigalloc -C 16384"},
        Variant{"NoJournal", "-O ^has_journal"},
        Variant{"Seed", "-O metadata_csum_seed"},
        Variant{"Indexed", "", kIndex},
        Variant{"Indexed1024", "-b 1024", kIndex},
        Variant{"IndexedNoChecksums", "-b 1024 -O ^metadata_csum", kIndex},
        Variant{"IndexedTea", "-b 1024",
                absl::StrCat("tune2fs -E hash_alg=tea $image && ", kIndex)},
        Variant{"IndexedLegacy", "-b 1024",
                absl::StrCat("tune2fs -E hash_alg=legacy $image && ", kIndex)}),
    [](const ::testing::TestParamInfo<Variant>& variant) {
      return variant.param.name;
    });

TEST(Ext4Test, WalksBlocksOf64KiB) {
  const std::string& source = WithLostAndFound(SpecialSourceTree());
  const std::vector<uint8_t> image = MakeExt4("-b 65536", source);
  BufferReader reader(image);
  absl::StatusOr<std::unique_ptr<Filesystem>> ext4 =
      OpenExt4(reader, Designator::kRoot);
  ASSERT_TRUE(ext4.ok()) << ext4.status();
  EXPECT_THAT(WalkDifferences(**ext4, source), IsEmpty());
}

// A tree of two levels above its leaves.
TEST(Ext4Test, ReadsADirectoryOf5000Names) {
  const std::string tree = NewTemporaryPath("names");
  for (int i = 0; i < 5000; ++i) {
    WriteSourceFile(absl::StrCat(tree, "/d/", std::string(40, 'n'), i), "");
  }
  WithLostAndFound(tree);
  const std::vector<uint8_t> image = MakeExt4("-b 1024 -N 6000", tree, kIndex);
  BufferReader reader(image);
  absl::StatusOr<std::unique_ptr<Filesystem>> ext4 =
      OpenExt4(reader, Designator::kRoot);
  ASSERT_TRUE(ext4.ok()) << ext4.status();
  absl::StatusOr<std::vector<DirectoryEntry>> list = (*ext4)->List("d");
  ASSERT_TRUE(list.ok()) << list.status();
  EXPECT_THAT(*list, SizeIs(5000));
  EXPECT_THAT(WalkDifferences(**ext4, tree), IsEmpty());
}

TEST(Ext4Test, ReadsSparseFiles) {
  const std::string tree = NewTemporaryPath("sparse");
  WriteSourceFile(tree + "/file", "begin");
  ASSERT_EQ(truncate((tree + "/file").c_str(), 300000), 0);
  WriteSourceFile(tree + "/hole", "");
  ASSERT_EQ(truncate((tree + "/hole").c_str(), 100000), 0);
  WithLostAndFound(tree);
  for (const char* options : {"", "-O ^extent,^64bit -b 1024"}) {
    const std::vector<uint8_t> image = MakeExt4(options, tree);
    BufferReader reader(image);
    absl::StatusOr<std::unique_ptr<Filesystem>> ext4 =
        OpenExt4(reader, Designator::kRoot);
    ASSERT_TRUE(ext4.ok()) << ext4.status();
    EXPECT_THAT(Differences(**ext4, tree), IsEmpty());
  }
}

TEST(Ext4Test, ReadsLargeAttributesFromTheirInodes) {
  const std::string tree = NewTemporaryPath("attributes");
  WriteSourceFile(tree + "/file", "x");
  const std::vector<uint8_t> image = MakeExt4(
      "-O ea_inode", tree,
      "head -c 4096 /dev/zero | tr '\\0' v >$image.value && "
      "debugfs -w -R \"ea_set -f $image.value file user.large\" $image");
  BufferReader reader(image);
  absl::StatusOr<std::unique_ptr<Filesystem>> ext4 =
      OpenExt4(reader, Designator::kRoot);
  ASSERT_TRUE(ext4.ok()) << ext4.status();
  absl::StatusOr<std::optional<std::string>> value =
      (*ext4)->Xattr("file", "user.large");
  ASSERT_TRUE(value.ok()) << value.status();
  EXPECT_TRUE(*value == std::string(4096, 'v')) << (*value)->size();
}

TEST(Ext4Test, AUsrPartitionIsBelowUsr) {
  const std::vector<uint8_t> image = MakeExt4("", SmallBlockTree());
  BufferReader reader(image);
  absl::StatusOr<std::unique_ptr<Filesystem>> ext4 =
      OpenExt4(reader, Designator::kUsr);
  ASSERT_TRUE(ext4.ok()) << ext4.status();
  EXPECT_EQ(*(*ext4)->ReadFile("usr/a/b/c/d/e/f/g/h/deep", 100), "deep");
}

struct Refused {
  std::string name;
  std::string options;
  std::string then;
  std::string message;
};

TEST(Ext4Test, NamesTheFeatureItDoesNotRead) {
  const std::string tree = NewTemporaryPath("small");
  WriteSourceFile(tree + "/file", "x");
  const Refused kRefused[] = {
      {"casefold", "-O casefold", "true", "ext4 with case folding"},
      {"encrypt", "-O encrypt", "true", "ext4 with encryption"},
      {"journal", "", "debugfs -w -R 'feature needs_recovery' $image",
       "ext4 with a journal to recover"},
      {"dirdata", "", "debugfs -w -R 'feature dirdata' $image",
       "ext4 with data in directory entries"},
      {"unknown", "", "debugfs -w -R 'feature FEATURE_I30' $image",
       "ext4 with the unknown features 0x40000000"},
      {"hurd", "-O 64bit", "debugfs -w -R 'ssv creator_os 1' $image",
       "ext4 of the Hurd with 64 bits"},
  };
  for (const Refused& refused : kRefused) {
    SCOPED_TRACE(refused.name);
    const std::vector<uint8_t> image =
        MakeExt4(refused.options, tree, refused.then, 8);
    BufferReader reader(image);
    absl::Status status = OpenExt4(reader, Designator::kRoot).status();
    EXPECT_TRUE(absl::IsUnimplemented(status)) << status;
    EXPECT_EQ(status.message(), refused.message);
  }
}

std::string Debugfs(const std::string& command) {
  return absl::StrCat("debugfs -w -R '", command, "' $image");
}

// debugfs does not know them all.
std::string HashVersion(int version) {
  return absl::StrCat("printf '\\", version,
                      "' | dd of=$image bs=1 seek=1276 conv=notrunc");
}

// Each was tried with Linux 6.18, which mounts none of these.
TEST(Ext4Test, RefusesWhatLinuxDoesNotMount) {
  const std::string tree = NewTemporaryPath("mounted");
  WriteSourceFile(tree + "/file", "x");
  const struct {
    const char* options;
    std::string change;
    const char* message;  // "": it mounts
  } kCases[] = {
      {"-O ^metadata_csum", HashVersion(5), ""},
      {"-O ^metadata_csum", HashVersion(6), "unknown hash"},
      {"", Debugfs("ssv first_ino 10"), "files from inode 10"},
      {"", Debugfs("ssv want_extra_isize 128"), ""},
      {"", Debugfs("ssv want_extra_isize 129"), "more of an inode"},
      {"", Debugfs("ssv min_extra_isize 129"), "more of an inode"},
      {"", Debugfs("feature orphan_file"), "orphans nowhere"},
      {"-O ^resize_inode", Debugfs("ssv reserved_gdt_blocks 257"),
       "reserves too many"},
      {"-O ^resize_inode", Debugfs("ssv reserved_gdt_blocks 200"),
       "two things"},
      {"", Debugfs("set_bg 0 inode_bitmap 1"), "two things"},
      {"", Debugfs("set_bg 0 block_bitmap 9000"), "at 9000"},
      {"-O ^flex_bg -g 4096", Debugfs("set_bg 1 inode_table 100"), "group 1"},
  };
  for (const auto& each : kCases) {
    const std::vector<uint8_t> image = MakeExt4(
        absl::StrCat(each.options, " -b 1024 -I 256"), tree, each.change, 8);
    BufferReader reader(image);
    const absl::Status status = OpenExt4(reader, Designator::kRoot).status();
    if (*each.message == '\0') {
      EXPECT_TRUE(status.ok()) << each.change << ": " << status;
      continue;
    }
    EXPECT_TRUE(absl::IsDataLoss(status)) << each.change << ": " << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(each.message));
  }
}

struct Corrupted {
  std::string name;
  std::string then;  // commands of debugfs
  std::string path;
  std::string message;
};

TEST(Ext4Test, WhatTheKernelWouldSeeInTwoWaysIsCorrupt) {
  const std::string tree = NewTemporaryPath("corrupted");
  WriteSourceFile(tree + "/d/file", "x");
  WriteSourceFile(tree + "/d/other", "y");
  ASSERT_EQ(symlink("file", (tree + "/d/link").c_str()), 0);
  const Corrupted kCorrupted[] = {
      {"deleted", "sif d/file links_count 0", "d/file", "is deleted"},
      {"negative", "sif d/file size 0x8000000000000000", "d/file",
       "negative size"},
      {"reserved", "sif d/file mode 0\nln <8> d/journal", "d/journal",
       "is no file's"},
      {"size", "sif d size 1000", "d/file", "directory of 1000 bytes"},
      {"hole", "sif d size 8192", "d/file", "directory"},
      {"blocks", "sif d/link blocks 8", "d/link", "two targets"},
      {"extents", "sif d/file block[0] 0", "d/file", "no map of extents"},
      {"depth", "sif d/file block[1] 0x00060004", "d/file",
       "no map of extents"},
      {"inline", "sif d/file flags 0x10000000", "d/file", "two places"},
      {"attribute", "sif d/file flags 0x280000", "d/file", "is an attribute's"},
  };
  for (const Corrupted& corrupted : kCorrupted) {
    SCOPED_TRACE(corrupted.name);
    const std::vector<uint8_t> image =
        MakeExt4("", tree,
                 absl::StrCat("printf '%s\\n' '", corrupted.then,
                              "' | debugfs -w -f - $image"),
                 8);
    BufferReader reader(image);
    absl::StatusOr<std::unique_ptr<Filesystem>> ext4 =
        OpenExt4(reader, Designator::kRoot);
    ASSERT_TRUE(ext4.ok()) << ext4.status();
    absl::Status status = (*ext4)->ReadFile(corrupted.path, 1000).status();
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(corrupted.message));
  }
}

// Of two files of one name, or a name where its hash does not lead, the kernel
// finds another than it lists.
TEST(Ext4Test, NamesThatAreNotFoundWhereTheyAreListedAreCorrupt) {
  const std::string tree = NewTemporaryPath("names");
  for (int i = 1000; i < 1200; ++i) {
    WriteSourceFile(absl::StrCat(tree, "/d/a-rather-long-name-", i), "");
  }
  for (const char* index : {"true", kIndex}) {
    std::vector<uint8_t> image =
        MakeExt4("-b 1024 -O ^metadata_csum", tree, index, 8);
    const bool hashed = index == kIndex;
    std::string text(image.begin(), image.end());
    const std::string name = "a-rather-long-name-1111";
    const size_t at = text.find(name);
    ASSERT_NE(at, std::string::npos);
    if (hashed) {
      // Changes places with one of another leaf.
      const size_t other = text.find("a-rather-long-name-", (at | 1023) + 1);
      ASSERT_NE(other, std::string::npos);
      text.replace(at, name.size(), text, other, name.size());
      text.replace(other, name.size(), name);
    } else {
      text.replace(at, name.size(), "a-rather-long-name-1112");
    }
    BufferReader reader(absl::MakeConstSpan(
        reinterpret_cast<const uint8_t*>(text.data()), text.size()));
    absl::StatusOr<std::unique_ptr<Filesystem>> ext4 =
        OpenExt4(reader, Designator::kRoot);
    ASSERT_TRUE(ext4.ok()) << ext4.status();
    absl::Status status = (*ext4)->List("d").status();
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    EXPECT_THAT(std::string(status.message()),
                HasSubstr(hashed ? "where its hash tree does not lead"
                                 : "has `a-rather-long-name-1112` after"));
  }
}

}  // namespace
}  // namespace extgate
