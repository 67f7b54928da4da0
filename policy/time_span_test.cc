#include "policy/time_span.h"

#include <random>
#include <string>

#include "gtest/gtest.h"

namespace extgate {
namespace {

struct Case {
  const char* text;
  int64_t milliseconds;  // as `systemd-analyze timespan TEXT` has it
  const char* printed;
};

TEST(TimeSpanTest, Reads) {
  const Case kCases[] = {
      {"90", 90000, "90s"},
      {"90s", 90000, "90s"},
      {"90 s", 90000, "90s"},
      {"90sec", 90000, "90s"},
      {"1 second", 1000, "1s"},
      {"2 seconds", 2000, "2s"},
      {"2min", 120000, "120s"},
      {"2m", 120000, "120s"},
      {"1 minute 30", 90000, "90s"},
      {"1min 30s", 90000, "90s"},
      {"1h30m", 5400000, "5400s"},
      {"1hr 1hour 2hours", 14400000, "14400s"},
      {"1500ms", 1500, "1500ms"},
      {"1s 500msec", 1500, "1500ms"},
      {"1ms", 1, "1ms"},
      {"0s 1ms", 1, "1ms"},
      {"24h", 86400000, "86400s"},
      {"00090", 90000, "90s"},
  };
  for (const Case& test : kCases) {
    const auto span = TimeSpan::Parse(test.text);
    ASSERT_TRUE(span.ok()) << test.text;
    EXPECT_EQ(span->milliseconds(), test.milliseconds) << test.text;
    EXPECT_EQ(span->ToString(), test.printed) << test.text;
    EXPECT_EQ(*TimeSpan::Parse(test.printed), *span) << test.text;
  }
}

TEST(TimeSpanTest, Refuses) {
  for (const char* text : {"",           " ",
                           "s",          "-1",
                           "+1",         "1.5s",
                           "1,5s",       "0",
                           "0s",         "0ms 0h",
                           "90x",        "90S",
                           "2Min",       "1d",
                           "1w",         "1us",
                           "infinity",   "24h 1ms",
                           "86401",      "25h",
                           "999999999h", "1000000000000000000000",
                           "0000000090", " 90",
                           "90s\n",      "90s, 1s",
                           "1:30",       "\xD9\xA1s"}) {
    EXPECT_FALSE(TimeSpan::Parse(text).ok()) << text;
  }
  EXPECT_FALSE(TimeSpan::Parse({"90\0", 3}).ok());
}

TEST(TimeSpanTest, AnyTextReadsOrDoesNot) {
  std::mt19937 random(1);
  const std::string alphabet = "0123459 smhinec";
  for (int i = 0; i < 100000; ++i) {
    std::string text;
    for (size_t size = random() % 12; size > 0; --size) {
      text += alphabet[random() % alphabet.size()];
    }
    const auto span = TimeSpan::Parse(text);
    if (!span.ok()) continue;
    EXPECT_EQ(*TimeSpan::Parse(span->ToString()), *span) << text;
    EXPECT_GT(span->milliseconds(), 0) << text;
    EXPECT_LE(span->milliseconds(), 86400000) << text;
  }
}

}  // namespace
}  // namespace extgate
