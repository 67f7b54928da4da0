#include "engine/host_date.h"

#include <optional>

#include "gtest/gtest.h"

namespace extgate {
namespace {

UtcTime Time(const char* text) {
  absl::StatusOr<UtcTime> time = UtcTime::Parse(text);
  EXPECT_TRUE(time.ok()) << time.status();
  return time.value_or(UtcTime());
}

UtcTime After(const UtcTime& time, int64_t seconds) {
  return UtcTime::FromSeconds(time.seconds() + seconds);
}

TEST(HostDate, IsTheClockWhereNothingIsLater) {
  const UtcTime clock = Time("2031-05-06T07:08:09Z");
  EXPECT_EQ(DateOf(clock, std::nullopt), (HostDate{clock, true}));
  EXPECT_EQ(DateOf(clock, Time("2031-05-06")), (HostDate{clock, true}));
}

TEST(HostDate, IsNeverBeforeTheBuild) {
  EXPECT_EQ(DateOf(UtcTime(), std::nullopt),
            (HostDate{Time(kBuildDate), true}));
  EXPECT_EQ(DateOf(UtcTime(), Time("1999-12-31")),
            (HostDate{Time(kBuildDate), true}));
}

TEST(HostDate, AClockThatFallsBackExtendsNothing) {
  const UtcTime seen = After(Time(kBuildDate), kMaxSecondsAhead);
  EXPECT_EQ(DateOf(UtcTime(), seen), (HostDate{seen, true}));
  const UtcTime clock = Time("2031-05-06");
  EXPECT_EQ(DateOf(clock, After(clock, 1)), (HostDate{After(clock, 1), true}));
}

// Else one value in /var would expire everything for ever.
TEST(HostDate, ALastTimeFarInTheFutureIsLeftOut) {
  const UtcTime clock = Time("2031-05-06");
  EXPECT_EQ(DateOf(clock, After(clock, kMaxSecondsAhead + 1)),
            (HostDate{clock, false}));
  EXPECT_EQ(DateOf(clock, Time("9999-12-31T23:59:59Z")),
            (HostDate{clock, false}));
  EXPECT_EQ(DateOf(UtcTime(), Time("9999-12-31T23:59:59Z")),
            (HostDate{Time(kBuildDate), false}));
}

}  // namespace
}  // namespace extgate
