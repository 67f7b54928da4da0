// What is remembered of time, and how far it is believed.
#include "engine/last_seen.h"

#include <string>

#include "engine/host_date.h"
#include "engine/testing/fake_host.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

UtcTime Time(const std::string& text) {
  return UtcTime::Parse(text).value_or(UtcTime());
}

// Whose clock says so.
FakeHost HostAt(const std::string& clock) {
  FakeHost host;
  host.facts.date = Time(clock);
  return host;
}

TEST(LastSeenTest, AClockThatFallsBackExtendsNothing) {
  FakeHost host = HostAt("2030-06-01T12:00:00Z");
  EXPECT_THAT(FactsAndDate(host.ports()).diagnostics, IsEmpty());
  EXPECT_THAT(KeepLastSeen(host.facts.date, host), IsEmpty());
  EXPECT_EQ(host.state[kLastSeenState], "2030-06-01T12:00:00Z\n");
  host.facts.date = Time("2030-05-31T12:00:00Z");
  EXPECT_THAT(FactsAndDate(host.ports()).diagnostics, IsEmpty());
  host.facts.date = Time("2029-12-24");
  const auto facts = FactsAndDate(host.ports());
  ASSERT_THAT(facts.diagnostics, SizeIs(1));
  EXPECT_EQ(facts.diagnostics[0].severity, Severity::kWarning);
  EXPECT_THAT(facts.diagnostics[0].message,
              HasSubstr("the last time seen, `2030-06-01T12:00:00Z`: the clock "
                        "says `2029-12-24"));
  EXPECT_EQ(facts.value.date, Time("2030-06-01T12:00:00Z"));
}

TEST(LastSeenTest, OnlyTheDateIsChanged) {
  FakeHost host = HostAt("2030-06-01");
  host.facts.entry = "active";
  host.state[kLastSeenState] = "2030-06-02";
  HostFacts want = host.facts;
  want.date = Time("2030-06-02");
  EXPECT_EQ(FactsAndDate(host.ports()).value, want);
}

// Who can write to /var must not be able to expire everything for ever.
TEST(LastSeenTest, WhatCannotBeIsLeftOutAndWrittenAnew) {
  for (const char* forged :
       {"9999-12-31T23:59:59Z", "2031-06-03", "", "tomorrow",
        "2031-06-03\n\n"
        "2030-06-01                                                      "}) {
    FakeHost host = HostAt("2030-06-01");
    host.state[kLastSeenState] = forged;
    const auto facts = FactsAndDate(host.ports());
    EXPECT_EQ(facts.value.date, host.facts.date) << forged;
    ASSERT_THAT(facts.diagnostics, SizeIs(1)) << forged;
    EXPECT_EQ(facts.diagnostics[0].code, DiagnosticCode::kLastSeen);
    EXPECT_EQ(facts.diagnostics[0].severity, Severity::kWarning);
    EXPECT_THAT(facts.diagnostics[0].message, HasSubstr("left out"));
    EXPECT_THAT(KeepLastSeen(facts.value.date, host), IsEmpty());
    EXPECT_EQ(host.state[kLastSeenState], "2030-06-01\n") << forged;
    EXPECT_THAT(FactsAndDate(host.ports()).diagnostics, IsEmpty());
  }
}

TEST(LastSeenTest, ItIsNotWrittenAtEveryRun) {
  FakeHost host;
  host.state[kLastSeenState] = "2030-06-01T12:00:00Z\n";
  EXPECT_THAT(KeepLastSeen(Time("2030-06-01T12:59:59Z"), host), IsEmpty());
  EXPECT_EQ(host.state[kLastSeenState], "2030-06-01T12:00:00Z\n");
  EXPECT_THAT(KeepLastSeen(Time("2030-06-01T13:00:00Z"), host), IsEmpty());
  EXPECT_EQ(host.state[kLastSeenState], "2030-06-01T13:00:00Z\n");
}

TEST(LastSeenTest, WhereItCannotBeWrittenThatIsANote) {
  FakeHost host;
  host.fail_call = 1;
  const auto notes = KeepLastSeen(Time("2030-06-01"), host);
  ASSERT_THAT(notes, SizeIs(1));
  EXPECT_EQ(notes[0].code, DiagnosticCode::kLastSeen);
  EXPECT_EQ(notes[0].severity, Severity::kNote);
}

}  // namespace
}  // namespace extgate
