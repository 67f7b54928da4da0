#include "adapters/mount_table.h"

#include "gtest/gtest.h"

namespace extgate {
namespace {

TEST(MountTableTest, ReadsALineOfTheKernel) {
  const MountLine usr = {"/usr", "overlay"};
  EXPECT_EQ(ParseMountLine("36 35 0:43 / /usr ro,nodev - overlay sysext "
                           "ro,lowerdir=/a:/b"),
            usr);
  EXPECT_EQ(ParseMountLine("36 35 0:43 / /usr ro shared:1 master:2 - overlay "
                           "sysext ro"),
            usr);
  EXPECT_EQ(ParseMountLine("1 1 8:1 /sub /a\\040b\\134c\\011d rw - ext4 d rw"),
            (MountLine{"/a b\\c\td", "ext4"}));
}

TEST(MountTableTest, RefusesOtherLines) {
  for (const char* line :
       {"", "36", "36 35 0:43 / /usr ro", "36 35 0:43 / /usr ro -",
        "36 35 0:43 / /usr ro shared:1 overlay sysext ro",
        "36 35 0:43 / usr ro - overlay sysext ro"}) {
    EXPECT_EQ(ParseMountLine(line), std::nullopt) << line;
  }
}

TEST(MountTableTest, AnEscapeThatIsCutStaysAsItIs) {
  EXPECT_EQ(ParseMountLine("1 1 8:1 / /a\\04 rw - ext4 d rw")->mount_point,
            "/a\\04");
}

}  // namespace
}  // namespace extgate
