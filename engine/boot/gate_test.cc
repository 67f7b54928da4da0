#include "engine/boot/gate.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

Report Lacking() {
  Report report;
  report.mode = Mode::kEnforcing;
  report.outcome = Outcome::kViolations;
  report.violations = {{ReasonCode::kRequiredMissing, "rule `k3s`"}};
  return report;
}

TEST(GateTest, WhatIsRequiredAndMissingCountsInEnforcing) {
  EXPECT_EQ(WhyNotGood(Lacking(), true), "required-missing: rule `k3s`");
  Report permissive = Lacking();
  permissive.mode = Mode::kPermissive;
  EXPECT_THAT(WhyNotGood(permissive, true), IsEmpty());
  Report denied = Lacking();
  denied.violations = {{ReasonCode::kUnsigned, "`bad`"}};
  EXPECT_THAT(WhyNotGood(denied, true), IsEmpty());
}

TEST(GateTest, OnlyWhatImagesAreCounts) {
  Report no_room = Lacking();
  no_room.diagnostics = {
      {DiagnosticCode::kNoSpace, Severity::kWarning, {}, "no room", ""}};
  EXPECT_THAT(WhyNotGood(no_room, true), IsEmpty());
  Report unread = Lacking();
  unread.images.resize(1);
  unread.images[0].verdict = Verdict::kUnreadable;
  EXPECT_THAT(WhyNotGood(unread, true), IsEmpty());
  unread.images[0].verdict = Verdict::kDeny;
  EXPECT_THAT(WhyNotGood(unread, true), HasSubstr("k3s"));
}

TEST(GateTest, ABootThatToFailWouldNotHelpIsCalledGood) {
  Report report = Lacking();
  report.diagnostics = {
      {DiagnosticCode::kBootNotFailed, Severity::kWarning, {}, "pinned", ""}};
  EXPECT_THAT(WhyNotGood(report, true), IsEmpty());
  EXPECT_THAT(WhyNotGood(report, false), HasSubstr("not what was decided"));
}

TEST(GateTest, AFailedBootIsNotCalledGood) {
  Report report = Lacking();
  report.outcome = Outcome::kBootFailed;
  report.violations.clear();
  EXPECT_THAT(WhyNotGood(report, true), HasSubstr("failed"));
}

TEST(GateTest, WithoutAReportOnlyWhatIsMergedCounts) {
  const MergedNow nothing;
  EXPECT_THAT(WhyNotGoodWithoutReport(nothing, Mode::kEnforcing), IsEmpty());
  MergedNow now;
  now.sysext = {"stranger"};
  now.confext = {"other"};
  EXPECT_THAT(WhyNotGoodWithoutReport(now, Mode::kEnforcing),
              HasSubstr("other, stranger"));
  EXPECT_THAT(WhyNotGoodWithoutReport(now, Mode::kPermissive), IsEmpty());
}

}  // namespace
}  // namespace extgate
