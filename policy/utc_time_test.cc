#include "policy/utc_time.h"

#include <cstdint>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

struct Case {
  const char* text;
  int64_t seconds;  // as `date -u -d TEXT +%s` has it
  const char* printed;
};

TEST(UtcTimeTest, Reads) {
  const Case kCases[] = {
      {"1970-01-01", 0, "1970-01-01"},
      {"2027-01-31", 1801353600, "2027-01-31"},
      {"2000-02-29", 951782400, "2000-02-29"},
      {"9999-12-31", 253402214400, "9999-12-31"},
      {"9999-12-31T23:59:59Z", 253402300799, "9999-12-31T23:59:59Z"},
      {"2027-01-31T00:00:00Z", 1801353600, "2027-01-31"},
      {"2027-01-31T12:34:56Z", 1801398896, "2027-01-31T12:34:56Z"},
      {"2027-01-31t12:34:56z", 1801398896, "2027-01-31T12:34:56Z"},
      {"2027-01-31T12:34:56.999999999Z", 1801398896, "2027-01-31T12:34:56Z"},
      {"2027-01-31T12:34:56+01:00", 1801395296, "2027-01-31T11:34:56Z"},
      {"2027-01-31T00:30:00+01:00", 1801351800, "2027-01-30T23:30:00Z"},
      {"2027-01-31T18:30:00-05:30", 1801440000, "2027-02-01"},
      {"1970-01-01T01:00:00+01:00", 0, "1970-01-01"},
      {"2027-01-31T12:34:56-00:00", 1801398896, "2027-01-31T12:34:56Z"},
  };
  for (const Case& test : kCases) {
    const auto time = UtcTime::Parse(test.text);
    ASSERT_TRUE(time.ok()) << test.text;
    EXPECT_EQ(time->seconds(), test.seconds) << test.text;
    EXPECT_EQ(time->ToString(), test.printed) << test.text;
  }
}

TEST(UtcTimeTest, Refuses) {
  for (const char* text : {"",
                           "2027",
                           "2027-01",
                           "2027-1-31",
                           "27-01-31",
                           "2027-02-29",
                           "1900-01-01",
                           "1969-12-31",
                           "2027-00-01",
                           "2027-13-01",
                           "2027-01-00",
                           "2027-01-32",
                           "2027-04-31",
                           "2100-02-29",
                           "10000-01-01",
                           "2027-01-31 ",
                           " 2027-01-31",
                           "2027/01/31",
                           "31.01.2027",
                           "20270131",
                           "+2027-01-31",
                           "2027-01-31T12:34:56",
                           "2027-01-31 12:34:56Z",
                           "2027-01-31T12:34Z",
                           "2027-01-31T24:00:00Z",
                           "2027-01-31T12:60:00Z",
                           "2027-01-31T12:34:60Z",
                           "2027-01-31T12:34:56.Z",
                           "2027-01-31T12:34:56.1234567890Z",
                           "2027-01-31T12:34:56+0100",
                           "2027-01-31T12:34:56+24:00",
                           "2027-01-31T12:34:56+01:60",
                           "2027-01-31T12:34:56ZZ",
                           "2027-01-31T12:34:56 Z",
                           "2027-01-31T12:34:56CET",
                           "1970-01-01T00:30:00+01:00",
                           "9999-12-31T23:59:59-00:01",
                           "tomorrow",
                           "infinity",
                           "-1",
                           "2027-01-3\xD9\xA1"}) {
    const auto time = UtcTime::Parse(text);
    EXPECT_FALSE(time.ok()) << text;
  }
  EXPECT_FALSE(UtcTime::Parse({"2027-01-31\0", 11}).ok());
}

TEST(UtcTimeTest, IsOrdered) {
  EXPECT_LT(*UtcTime::Parse("2027-01-31"), *UtcTime::Parse("2027-02-01"));
  EXPECT_LT(*UtcTime::Parse("2027-01-31"),
            *UtcTime::Parse("2027-01-31T00:00:01Z"));
  EXPECT_EQ(*UtcTime::Parse("2027-01-31"),
            *UtcTime::Parse("2027-01-30T20:00:00-04:00"));
}

TEST(UtcTimeTest, PrintedTimeParsesToEqualTime) {
  std::mt19937 random(1);
  const auto below = [&](unsigned limit) { return random() % limit; };
  const auto two = [&](unsigned from, unsigned limit) {
    const unsigned number = from + below(limit);
    return absl::StrCat(number < 10 ? "0" : "", number);
  };
  for (int i = 0; i < 20000; ++i) {
    const std::string text =
        absl::StrCat(1971 + below(8000), "-", two(1, 12), "-", two(1, 28), "T",
                     two(0, 24), ":", two(0, 60), ":", two(0, 60),
                     below(2) == 0 ? "+" : "-", two(0, 24), ":", two(0, 60));
    const auto time = UtcTime::Parse(text);
    ASSERT_TRUE(time.ok()) << text;
    const auto again = UtcTime::Parse(time->ToString());
    ASSERT_TRUE(again.ok()) << text << " " << time->ToString();
    EXPECT_EQ(*again, *time) << text;
  }
}

TEST(UtcTimeTest, SecondsOutOfRangeAreItsNearestEnd) {
  EXPECT_EQ(UtcTime::FromSeconds(1801398896).ToString(),
            "2027-01-31T12:34:56Z");
  EXPECT_EQ(UtcTime::FromSeconds(0), UtcTime());
  EXPECT_EQ(UtcTime::FromSeconds(INT64_MIN), UtcTime());
  EXPECT_EQ(UtcTime::FromSeconds(INT64_MAX).ToString(), "9999-12-31T23:59:59Z");
}

// No text that is one changed byte from a time does anything but read or not.
TEST(UtcTimeTest, IsTotal) {
  const std::string text = "2027-01-31T12:34:56.5+01:00";
  for (size_t at = 0; at < text.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = text;
      changed[at] = static_cast<char>(byte);
      const auto time = UtcTime::Parse(changed);
      if (time.ok()) {
        EXPECT_EQ(*UtcTime::Parse(time->ToString()), *time) << changed;
      }
    }
    EXPECT_EQ(UtcTime::Parse(text.substr(0, at)).ok(), at == 10) << at;
  }
}

}  // namespace
}  // namespace extgate
