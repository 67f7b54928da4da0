#include "adapters/verity_devices.h"

#include "gtest/gtest.h"

namespace extgate {
namespace {

// As Linux 6.12 prints the table of a device that systemd made.
TEST(VerityDevicesTest, ReadsATable) {
  EXPECT_EQ(
      ParseVerityTable("1 7:1 7:2 4096 4096 52 1 sha256 "
                       "0E6CF9ec54079e23c3a4f9ac2dd1c61a4db5b1f9a2ab1d4b3ad6f1"
                       "f9e7c8a2b1 a1b2c3 3 ignore_zero_blocks "
                       "root_hash_sig_key_desc x"),
      (VerityTable{"7:1",
                   "0e6cf9ec54079e23c3a4f9ac2dd1c61a4db5b1f9a2ab1d4b3ad6"
                   "f1f9e7c8a2b1"}));
}

TEST(VerityDevicesTest, RefusesOtherTables) {
  for (const char* parameters : {"", "1 7:1 7:2 4096 4096 52 1 sha256",
                                 "1 7:1 7:2 4096 4096 52 1 sha256 00",
                                 "1 /dev/loop0 7:2 4096 4096 52 1 sha256 00 -",
                                 "1 7:x 7:2 4096 4096 52 1 sha256 00 -",
                                 "1 7:1 7:2 4096 4096 52 1 sha256 zz -"}) {
    EXPECT_EQ(ParseVerityTable(parameters), std::nullopt) << parameters;
  }
}

}  // namespace
}  // namespace extgate
