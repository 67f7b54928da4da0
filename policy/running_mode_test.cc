#include "policy/running_mode.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::HasSubstr;

const UtcTime& Now() {
  static const UtcTime now = *UtcTime::Parse("2026-11-27T14:00:00Z");
  return now;
}

TEST(RunningModeTest, WhatIsWrittenIsReadBack) {
  const RunningMode modes[] = {
      {Mode::kEnforcing, std::nullopt, ""},
      {Mode::kDisabled, std::nullopt, "6a1f8a7e"},
      {Mode::kPermissive, *UtcTime::Parse("2026-11-27T18:00:00Z"), ""},
      {Mode::kPermissive, *UtcTime::Parse("2027-01-31"), "6a1f8a7e"},
  };
  for (const RunningMode& mode : modes) {
    const auto read_back = RunningModeFromText(RunningModeToText(mode));
    ASSERT_TRUE(read_back.ok()) << read_back.status();
    EXPECT_EQ(*read_back, mode);
  }
}

TEST(RunningModeTest, AnythingElseIsRefused) {
  for (const char* text :
       {"", "strict", "enforcing until", "enforcing for 2h",
        "enforcing until tomorrow", "enforcing until 2027-01-31 x",
        "enforcing  until 2027-01-31", "until 2027-01-31", "enforcing boot",
        "enforcing boot a boot b", "enforcing boot a until 2027-01-31",
        "enforcing until 2027-01-31 until 2027-01-31"}) {
    EXPECT_EQ(RunningModeFromText(text).status().code(),
              absl::StatusCode::kInvalidArgument)
        << text;
  }
}

TEST(RunningModeTest, ItsEndIsALengthOfTimeOrATime) {
  struct {
    const char* until;
    const char* end;
  } const cases[] = {
      {"90s", "2026-11-27T14:01:30Z"},
      {"2h", "2026-11-27T16:00:00Z"},
      {"1h30m", "2026-11-27T15:30:00Z"},
      {"1ms", "2026-11-27T14:00:01Z"},
      {"3d", "2026-11-30T14:00:00Z"},
      {"2027-01-31", "2027-01-31"},
      {"2026-11-27T15:00:00+00:00", "2026-11-27T15:00:00Z"},
  };
  for (const auto& c : cases) {
    const auto end = EndOfRunningMode(c.until, Now());
    ASSERT_TRUE(end.ok()) << c.until << ": " << end.status();
    EXPECT_EQ(end->ToString(), c.end) << c.until;
  }
}

TEST(RunningModeTest, AnEndThatIsNoneSaysWhy) {
  struct {
    const char* until;
    const char* why;
  } const cases[] = {
      {"", "neither a length of time"},
      {"soon", "`soon` is neither a length of time"},
      {"0d", "neither a length of time"},
      {"-1d", "neither a length of time"},
      {"367d", "neither a length of time"},
      {"2026-11-27T14:00:00Z", "is over: it is 2026-11-27T14:00:00Z"},
      {"2026-01-01", "is over"},
  };
  for (const auto& c : cases) {
    const auto end = EndOfRunningMode(c.until, Now());
    EXPECT_EQ(end.status().code(), absl::StatusCode::kInvalidArgument)
        << c.until;
    EXPECT_THAT(std::string(end.status().message()), HasSubstr(c.why));
  }
}

TEST(RunningModeTest, ItIsOverFromItsEndOn) {
  const RunningMode mode{Mode::kPermissive, Now(), ""};
  EXPECT_TRUE(mode.IsOver(Now()));
  EXPECT_FALSE(mode.IsOver(UtcTime::FromSeconds(Now().seconds() - 1)));
  EXPECT_FALSE(
      (RunningMode{Mode::kPermissive, std::nullopt, ""}).IsOver(Now()));
}

}  // namespace
}  // namespace extgate
