#include "adapters/esp_notes.h"

#include <string>

#include "adapters/testing/temp_root.h"
#include "engine/boot/boot_port.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;

class EspNotesTest : public ::testing::Test {
 protected:
  TempRoot root_;
  EspNotes notes_{root_.places().root()};
};

TEST_F(EspNotesTest, TheLastOneCounts) {
  EXPECT_EQ(notes_.Read("why").status().code(), absl::StatusCode::kNotFound);
  for (const char* text : {"one", "two\n\0three", "", "four"}) {
    ASSERT_TRUE(notes_.Write("why", text).ok());
    EXPECT_EQ(*notes_.Read("why"), text);
  }
  EXPECT_THAT(root_.Tree("/loader/extgate"), ElementsAre("why.0", "why.1"));
  EXPECT_EQ(notes_.Read("other").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(EspNotesTest, ItGoesWhereTheLoaderIsInAnyCase) {
  root_.Directory("/Loader");
  ASSERT_TRUE(notes_.Write("why", "x").ok());
  EXPECT_EQ(root_.Read("/Loader/extgate/why.0"),
            "extgate-note 1 1 1 7ed94731\nx");
}

// Each length that a cut can leave of the file being written.
TEST_F(EspNotesTest, ATornOneLeavesTheOneBefore) {
  ASSERT_TRUE(notes_.Write("why", "old").ok());
  ASSERT_TRUE(notes_.Write("why", "new").ok());
  const std::string whole = root_.Read("/loader/extgate/why.1");
  for (size_t size = 0; size < whole.size(); ++size) {
    root_.File("/loader/extgate/why.1", whole.substr(0, size));
    EXPECT_EQ(*notes_.Read("why"), "old") << size;
  }
  for (size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    root_.File("/loader/extgate/why.1", flipped);
    EXPECT_EQ(*notes_.Read("why"), "old") << bit;
  }
  // Or nothing at all; the next one goes there.
  root_.Remove("/loader/extgate/why.1");
  EXPECT_EQ(*notes_.Read("why"), "old");
  ASSERT_TRUE(notes_.Write("why", "newer").ok());
  EXPECT_EQ(*notes_.Read("why"), "newer");
  root_.Remove("/loader/extgate/why.1");
  EXPECT_EQ(*notes_.Read("why"), "old");
}

TEST_F(EspNotesTest, NamesAndSizesAreBounded) {
  for (const char* name : {"", "../why", "Why", "why.0"}) {
    EXPECT_EQ(notes_.Write(name, "x").code(),
              absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(notes_.Read(name).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(notes_.Write("why", std::string(kMaxNoteBytes + 1, 'x')).code(),
            absl::StatusCode::kResourceExhausted);
  const std::string most(kMaxNoteBytes, 'x');
  ASSERT_TRUE(notes_.Write("why", most).ok());
  EXPECT_EQ(*notes_.Read("why"), most);
}

}  // namespace
}  // namespace extgate
