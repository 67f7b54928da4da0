// Checked reads: inside, at the edge, beyond, and with offsets that overflow.
#include "engine/image/byte_cursor.h"

#include <cstdint>
#include <vector>

#include "gtest/gtest.h"

namespace extgate {
namespace {

const std::vector<uint8_t> kBytes = {1, 2, 3, 4, 5, 6, 7, 8, 9};

TEST(ByteCursorTest, ReadsLittleEndian) {
  ByteCursor cursor(kBytes);
  EXPECT_EQ(cursor.U8(8), 9);
  EXPECT_EQ(cursor.U16(0), 0x0201);
  EXPECT_EQ(cursor.U32(1), 0x05040302u);
  EXPECT_EQ(cursor.U64(1), 0x0908070605040302u);
  EXPECT_TRUE(cursor.ok());
}

TEST(ByteCursorTest, ReadOutsideGivesZeroAndIsRemembered) {
  const uint64_t offsets[] = {2, 9, 10, UINT64_MAX, UINT64_MAX - 7};
  for (uint64_t offset : offsets) {
    ByteCursor cursor(kBytes);
    EXPECT_EQ(cursor.U64(offset), 0u) << offset;
    EXPECT_FALSE(cursor.ok()) << offset;
    EXPECT_EQ(cursor.U8(0), 1);
    EXPECT_FALSE(cursor.ok()) << "a later read must not make it good again";
  }
}

TEST(ByteCursorTest, BytesNeverReachBeyond) {
  ByteCursor cursor(kBytes);
  EXPECT_EQ(cursor.Bytes(4, 5).size(), 5u);
  EXPECT_EQ(cursor.Bytes(9, 0).size(), 0u);
  EXPECT_TRUE(cursor.ok());
  EXPECT_TRUE(cursor.Bytes(4, UINT64_MAX).empty());
  EXPECT_FALSE(cursor.ok());
}

TEST(ByteCursorTest, MatchesWholeTextOnly) {
  const std::vector<uint8_t> bytes = {'a', 'b', 0xe9};
  ByteCursor cursor(bytes);
  EXPECT_TRUE(cursor.Matches(0, "ab\xe9"));
  EXPECT_FALSE(cursor.Matches(0, "ac"));
  EXPECT_FALSE(cursor.Matches(1, "b\xe9x"));
}

TEST(ByteCursorTest, GuidTextTurnsTheFirstThreeFieldsRound) {
  // The ESP's type, as UEFI 2.10 prints it and as a disk has it.
  const std::vector<uint8_t> guid = {0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8,
                                     0xd2, 0x11, 0xba, 0x4b, 0x00, 0xa0,
                                     0xc9, 0x3e, 0xc9, 0x3b};
  EXPECT_EQ(GuidText(guid), "c12a7328-f81f-11d2-ba4b-00a0c93ec93b");
  EXPECT_EQ(GuidText(kBytes), "");
}

TEST(ByteCursorTest, AllZero) {
  EXPECT_TRUE(AllZero({}));
  EXPECT_TRUE(AllZero(std::vector<uint8_t>{0, 0}));
  EXPECT_FALSE(AllZero(std::vector<uint8_t>{0, 0, 1}));
}

}  // namespace
}  // namespace extgate
