#include "adapters/measurement_log.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "adapters/testing/temp_root.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kPatience = absl::Milliseconds(100);
constexpr char kLog[] = "/run/log/systemd/tpm2-measure.log";

class MeasurementLogTest : public ::testing::Test {
 protected:
  mode_t Mode() const {
    struct stat file = {};
    EXPECT_EQ(stat(root_.At(kLog).c_str(), &file), 0);
    return file.st_mode & 07777;
  }
  MeasurementLog Open() {
    auto log = MeasurementLog::Open(root_.places(), kPatience);
    EXPECT_TRUE(log.ok()) << log.status();
    return *std::move(log);
  }

  TempRoot root_;
};

// As systemd makes one, seen by strace of systemd-pcrextend 257.
TEST_F(MeasurementLogTest, IsMarkedUntilTheRecordIsThere) {
  {
    MeasurementLog log = Open();
    EXPECT_EQ(Mode(), 01600u);
    EXPECT_EQ(root_.Read(kLog), "");
    EXPECT_TRUE(log.Append("one\n").ok());
    EXPECT_EQ(Mode(), 0600u);
  }
  EXPECT_TRUE(Open().Append("two\n").ok());
  EXPECT_EQ(root_.Read(kLog), "one\ntwo\n");
  const auto read = ReadMeasurementLog(root_.places(), kPatience);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->bytes, "one\ntwo\n");
  EXPECT_TRUE(read->complete);
}

TEST_F(MeasurementLogTest, WhoDiesLeavesTheMark) {
  { MeasurementLog log = Open(); }
  EXPECT_EQ(Mode(), 01600u);
  const auto read = ReadMeasurementLog(root_.places(), kPatience);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_FALSE(read->complete);
  // What is missing stays missing, whoever writes next.
  EXPECT_TRUE(Open().Append("two\n").ok());
  EXPECT_EQ(Mode(), 01600u);
}

TEST_F(MeasurementLogTest, WhereNothingWasExtendedItIsAsBefore) {
  EXPECT_TRUE(Open().GiveUp().ok());
  EXPECT_EQ(Mode(), 0600u);
  EXPECT_EQ(root_.Read(kLog), "");
}

TEST_F(MeasurementLogTest, SomebodyElsesTurnIsWaitedFor) {
  MeasurementLog log = Open();
  const auto second = MeasurementLog::Open(root_.places(), kPatience);
  EXPECT_TRUE(absl::IsUnavailable(second.status())) << second.status();
  EXPECT_THAT(std::string(second.status().message()),
              HasSubstr("tpm2-measure.log`: it has been held for 100ms"));
  const auto read = ReadMeasurementLog(root_.places(), kPatience);
  EXPECT_TRUE(absl::IsUnavailable(read.status())) << read.status();
}

TEST_F(MeasurementLogTest, WhatIsNoLogIsLeftAlone) {
  const auto none = ReadMeasurementLog(root_.places(), kPatience);
  EXPECT_TRUE(absl::IsNotFound(none.status())) << none.status();
  root_.Directory("/run/log/systemd");
  const auto still_none = ReadMeasurementLog(root_.places(), kPatience);
  EXPECT_TRUE(absl::IsNotFound(still_none.status())) << still_none.status();
  EXPECT_FALSE(root_.Exists(kLog));
  root_.File("/elsewhere", "kept");
  root_.Symlink("/elsewhere", kLog);
  EXPECT_TRUE(absl::IsUnavailable(
      MeasurementLog::Open(root_.places(), kPatience).status()));
  EXPECT_EQ(root_.Read("/elsewhere"), "kept");
  root_.Remove(kLog);
  root_.Directory(kLog);
  EXPECT_TRUE(absl::IsUnavailable(
      MeasurementLog::Open(root_.places(), kPatience).status()));
  EXPECT_TRUE(absl::IsUnavailable(
      ReadMeasurementLog(root_.places(), kPatience).status()));
}

}  // namespace
}  // namespace extgate
