#include "adapters/mount_table.h"

#include "gtest/gtest.h"

namespace extgate {
namespace {

TEST(MountTableTest, ReadsALineOfTheKernel) {
  EXPECT_EQ(ParseMountLine("36 35 0:43 / /usr ro,nodev - overlay sysext "
                           "ro,lowerdir=/a:/b"),
            (MountLine{36, "0:43", "/usr", "overlay", "ro,nodev",
                       "ro,lowerdir=/a:/b"}));
  EXPECT_EQ(ParseMountLine("36 35 0:43 / /usr ro shared:1 master:2 - overlay "
                           "sysext ro"),
            (MountLine{36, "0:43", "/usr", "overlay", "ro", "ro"}));
  EXPECT_EQ(ParseMountLine("1 1 8:1 /sub /a\\040b\\134c\\011d rw - ext4 d rw"),
            (MountLine{1, "8:1", "/a b\\c\td", "ext4", "rw", "rw"}));
  EXPECT_EQ(ParseMountLine("1 1 8:1 / /a rw - ext4")->super_options, "");
}

TEST(MountTableTest, RefusesOtherLines) {
  for (const char* line : {"", "36", "x 35 0:43 / /usr ro - overlay sysext ro",
                           "36 35 0:43 / /usr ro", "36 35 0:43 / /usr ro -",
                           "36 35 0:43 / /usr ro shared:1 overlay sysext ro",
                           "36 35 0:43 / usr ro - overlay sysext ro"}) {
    EXPECT_EQ(ParseMountLine(line), std::nullopt) << line;
  }
}

TEST(MountTableTest, AnOptionIsAWholeWord) {
  EXPECT_TRUE(HasOption("nodev,ro", "ro"));
  EXPECT_FALSE(HasOption("errors=remount-ro,rox", "ro"));
}

TEST(MountTableTest, TheListHasTheRoot) {
  bool root = false;
  for (const MountLine& mount : Mounts()) root |= mount.mount_point == "/";
  EXPECT_TRUE(root);
}

TEST(MountTableTest, AnEscapeThatIsCutStaysAsItIs) {
  EXPECT_EQ(ParseMountLine("1 1 8:1 / /a\\04 rw - ext4 d rw")->mount_point,
            "/a\\04");
}

}  // namespace
}  // namespace extgate
