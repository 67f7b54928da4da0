#include "adapters/state_directory.h"

#include <sys/stat.h>

#include <string>

#include "absl/status/status.h"
#include "adapters/testing/temp_root.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

class StateDirectoryTest : public ::testing::Test {
 protected:
  TempRoot root_;
  StateDirectory state_{root_.places()};
};

TEST_F(StateDirectoryTest, WhatWasNeverWrittenIsNotFound) {
  EXPECT_TRUE(absl::IsNotFound(state_.ReadState("last-seen").status()));
}

TEST_F(StateDirectoryTest, KeepsTheLastBytesForRootAlone) {
  ASSERT_TRUE(state_.WriteState("last-seen", "one").ok());
  ASSERT_TRUE(state_.WriteState("last-seen", std::string("t\0o", 3)).ok());
  EXPECT_EQ(state_.ReadState("last-seen").value(), std::string("t\0o", 3));
  struct stat file;
  ASSERT_EQ(stat(root_.At("/var/lib/extgate/last-seen").c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 07777, 0600u);
  ASSERT_EQ(stat(root_.At("/var/lib/extgate").c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 07777, 0700u);
}

TEST_F(StateDirectoryTest, KairosKeepsItWhereItOutlivesABoot) {
  root_.Directory("/var/lib/kairos");
  ASSERT_TRUE(state_.WriteState("last-seen", "one").ok());
  EXPECT_EQ(root_.Read("/var/lib/kairos/extgate/last-seen"), "one");
  EXPECT_FALSE(root_.Exists("/var/lib/extgate"));
}

TEST_F(StateDirectoryTest, NamesArePartsOfNoPath) {
  for (const char* name : {"", "..", "a/b", "A", "a.b", "\xc3\xa4"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(state_.ReadState(name).status()))
        << name;
    EXPECT_TRUE(absl::IsInvalidArgument(state_.WriteState(name, "x"))) << name;
  }
}

TEST_F(StateDirectoryTest, WhatIsNoFileIsNotReadAndNotWrittenOver) {
  root_.Directory("/var/lib/extgate/last-seen/in");
  EXPECT_FALSE(state_.ReadState("last-seen").ok());
  EXPECT_FALSE(absl::IsNotFound(state_.ReadState("last-seen").status()));
  EXPECT_FALSE(state_.WriteState("last-seen", "one").ok());
}

}  // namespace
}  // namespace extgate
