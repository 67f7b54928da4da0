// The check value of the CRC catalogue, and the empty input.
#include "engine/image/crc32.h"

#include "gtest/gtest.h"

namespace extgate {
namespace {

TEST(Crc32Test, CheckValue) {
  const uint8_t digits[] = {'1', '2', '3', '4', '5', '6', '7', '8', '9'};
  EXPECT_EQ(Crc32(digits), 0xcbf43926u);
  EXPECT_EQ(Crc32({}), 0u);
  EXPECT_EQ(~Crc32c(digits), 0xe3069283u);
  EXPECT_EQ(~Crc32c({}), 0u);
}

}  // namespace
}  // namespace extgate
