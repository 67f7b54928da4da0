// Magics in their places, and nowhere else.
#include "engine/image/superblock_probe.h"

#include <cstdint>
#include <string>
#include <vector>

#include "engine/image/buffer_reader.h"
#include "engine/image/image_builder.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

std::string Probe(const Bytes& bytes) {
  BufferReader image(bytes);
  absl::StatusOr<Superblock> found = ProbeSuperblock(image);
  EXPECT_TRUE(found.ok()) << found.status();
  if (!found.ok()) return "";
  return found->other.empty() ? found->filesystem
                              : found->filesystem + "+" + found->other;
}

struct Case {
  const char* filesystem;
  uint64_t offset;
  std::string magic;
};

const Case kCases[] = {
    {"squashfs", 0, "hsqs"},
    {"erofs", 1024, "\xe2\xe1\xf5\xe0"},
    {"ext2", 1080, "\x53\xef"},
    {"btrfs", 65600, "_BHRfS_M"},
    {"xfs", 0, "XFSB"},
    {"f2fs", 1024, "\x10\x20\xf5\xf2"},
    {"vfat", 82, "FAT32   "},
    {"vfat", 54, "FAT16   "},
    {"crypto_LUKS", 0, "LUKS\xba\xbe"},
    {"iso9660", 32769, "CD001"},
    {"swap", 4086, "SWAPSPACE2"},
    {"LVM2_member", 536, "LVM2 001"},
    {"linux_raid_member", 4096, "\xfc\x4e\x2b\xa9"},
};

TEST(SuperblockProbeTest, FindsEachMagicInItsPlaceOnly) {
  for (const Case& test : kCases) {
    Bytes bytes(1 << 17, 0);
    std::copy(test.magic.begin(), test.magic.end(),
              bytes.begin() + test.offset);
    EXPECT_EQ(Probe(bytes), test.filesystem);
    bytes.insert(bytes.begin(), 1, 0);
    EXPECT_EQ(Probe(bytes), "") << test.filesystem << " one byte later";
  }
}

TEST(SuperblockProbeTest, AMagicCutShortIsNone) {
  for (const Case& test : kCases) {
    Bytes bytes(test.offset, 0);
    bytes.insert(bytes.end(), test.magic.begin(), test.magic.end());
    EXPECT_EQ(Probe(bytes), test.filesystem);
    bytes.pop_back();
    EXPECT_EQ(Probe(bytes), "") << test.filesystem;
  }
}

// As libblkid names them: only "ext4" is on systemd's list.
TEST(SuperblockProbeTest, Ext4IsToldFromItsElders) {
  const struct {
    uint8_t compatible;
    uint32_t incompatible;
    uint32_t read_only;
    const char* told;
  } kTold[] = {
      {0, 0, 0, "ext2"},         {0, 0x12, 0x7, "ext2"},
      {0x4, 0x12, 0x7, "ext3"},  {0x4, 0x16, 0x7, "ext3"},
      {0, 0x4, 0, "ext4"},       {0, 0x42, 0, "ext4"},
      {0x4, 0x40, 0, "ext4"},    {0x4, 0x2, 0x8, "ext4"},
      {0, 0x2, 0x400, "ext4"},   {0, 0x8, 0, "jbd"},
      {0, 0x20002, 0x1, "ext4"},
  };
  for (const auto& test : kTold) {
    Bytes bytes(1 << 17, 0);
    PutNumber(bytes, 1080, 0xef53, 2);
    bytes[1024 + 92] = test.compatible;
    PutNumber(bytes, 1024 + 96, test.incompatible, 4);
    PutNumber(bytes, 1024 + 100, test.read_only, 4);
    EXPECT_EQ(Probe(bytes), test.told);
  }
}

TEST(SuperblockProbeTest, TheVersionOfLuksIsTold) {
  for (uint8_t version : {1, 2}) {
    Bytes bytes(1 << 17, 0);
    std::copy_n("LUKS\xba\xbe", 6, bytes.begin());
    bytes[7] = version;
    BufferReader image(bytes);
    EXPECT_EQ(ProbeSuperblock(image)->version, std::to_string(version));
  }
}

TEST(SuperblockProbeTest, FatThatDoesNotNameItself) {
  Bytes bytes(4096, 0);
  bytes[0] = 0xeb;
  PutNumber(bytes, 11, 512, 2);
  bytes[13] = 4;
  PutNumber(bytes, 14, 1, 2);
  bytes[16] = 2;
  bytes[21] = 0xf8;
  EXPECT_EQ(Probe(bytes), "vfat");
  for (int field : {0, 11, 12, 13, 14, 16, 21}) {
    Bytes spoilt = bytes;
    spoilt[field] = 3;
    if (field == 14) PutNumber(spoilt, 14, 0, 2);
    if (field == 11) PutNumber(spoilt, 11, 513, 2);
    EXPECT_EQ(Probe(spoilt), "") << field;
  }
}

TEST(SuperblockProbeTest, NothingInFrontOfAGoodImage) {
  EXPECT_EQ(Probe({}), "");
  EXPECT_EQ(Probe(BuildImage().bytes()), "");
}

TEST(SuperblockProbeTest, AMagicInsideAPartitionTableIsFound) {
  // The first entry's label starts at byte 1080, where ext4 has its magic.
  TestDisk disk;
  disk.partitions.push_back({"4f68bce3-e8cd-4db1-96e7-fbcaf984b709",
                             "",
                             "\x53",
                             0,
                             Bytes(4096),
                             {},
                             {}});
  BuiltDisk built = BuildDisk(disk);
  EXPECT_EQ(Probe(built.bytes), "");
  built.bytes[1081] = 0xef;
  RefreshChecksums(built, 512);
  EXPECT_EQ(Probe(built.bytes), "ext2");
}

// As libblkid does in what is larger than a floppy disk, where it finds
// neither.
TEST(SuperblockProbeTest, TwoMagicsAreTold) {
  const struct {
    const char* first;
    const char* second;
    const char* told;
  } kPairs[] = {
      {"squashfs", "erofs", "squashfs+erofs"},
      {"squashfs", "btrfs", "squashfs+btrfs"},
      {"erofs", "swap", "erofs+swap"},
      {"ext2", "iso9660", "ext2+iso9660"},
      // Two bytes may stand anywhere, but libblkid 2.38 takes them.
      {"squashfs", "ext2", "squashfs+ext2"},
      {"erofs", "ext2", "erofs+ext2"},
  };
  for (const auto& pair : kPairs) {
    Bytes bytes(1 << 17, 0);
    for (const Case& test : kCases) {
      const std::string name = test.filesystem;
      if (name != pair.first && name != pair.second) continue;
      std::copy(test.magic.begin(), test.magic.end(),
                bytes.begin() + test.offset);
    }
    EXPECT_EQ(Probe(bytes), pair.told);
  }
}

// libblkid 2.38 does not look at the checksum; later ones do.
TEST(SuperblockProbeTest, AWrongChecksumDoesNotTellThatItIsNotExt4) {
  Bytes bytes(1 << 17, 0);
  std::copy_n("hsqs", 4, bytes.begin());
  std::copy_n("\x53\xef", 2, bytes.begin() + 1080);
  bytes[1024 + 101] = 0x04;  // it has one
  EXPECT_EQ(Probe(bytes), "squashfs+ext4");
}

TEST(SuperblockProbeTest, WhatSystemdWouldMount) {
  EXPECT_TRUE(IsMountable("erofs"));
  EXPECT_TRUE(IsMountable("xfs"));
  EXPECT_TRUE(IsMountable("ext4"));
  EXPECT_FALSE(IsMountable("ext3"));
  EXPECT_FALSE(IsMountable("iso9660"));
  EXPECT_FALSE(IsMountable(""));
}

}  // namespace
}  // namespace extgate
