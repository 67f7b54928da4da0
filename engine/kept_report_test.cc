#include "engine/kept_report.h"

#include <string>
#include <vector>

#include "engine/crypto/block_hasher.h"
#include "engine/image/byte_cursor.h"
#include "engine/live_change.h"
#include "engine/pcr/measured_decision.h"
#include "engine/pipeline.h"
#include "engine/testing/fake_host.h"
#include "engine/testing/pipeline_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char kIntoPcr[] = "  mode: enforcing\n  measure: {pcr: 14}\n";

FakeHost Measuring(const std::string& keys = kIntoPcr) {
  FakeHost host = HostWith(keys);
  host.Offer("/src/good.raw", ImageOf("good", &Vendor()));
  return host;
}

std::string Sha256(const std::string& text) {
  StreamDigest digest;
  digest.Update(BytesOf(text));
  return digest.Finish().hex();
}

// The last measurement is of the report that is kept.
void ExpectMeasured(const FakeHost& host, const Report& report) {
  ASSERT_FALSE(host.measured.empty());
  EXPECT_EQ(ParseMeasuredText(host.measured.back().text),
            (MeasuredDecision{ToWord(report.mode), ToWord(report.outcome),
                              report.policy_sha256, Sha256(host.report)}));
}

TEST(KeptReportTest, IsMeasuredWhereThePolicySaysSo) {
  FakeHost host = Measuring();
  const Report report = MustApply(host);
  ASSERT_THAT(host.measured, SizeIs(1));
  EXPECT_EQ(host.measured[0].target, (MeasureTarget{14, ""}));
  ExpectMeasured(host, report);
  host = Measuring("  mode: permissive\n  measure: {nvpcr: extensions}\n");
  const Report other = MustApply(host);
  ASSERT_THAT(host.measured, SizeIs(1));
  EXPECT_EQ(host.measured[0].target, (MeasureTarget{{}, "extensions"}));
  ExpectMeasured(host, other);
}

TEST(KeptReportTest, ADecisionThatDecidesNothingIsOneToo) {
  FakeHost host = Measuring("  mode: disabled\n  measure: {pcr: 14}\n");
  ExpectMeasured(host, MustApply(host));
}

TEST(KeptReportTest, IsNotMeasuredWhereNobodyAsksForIt) {
  FakeHost host = Measuring("  mode: enforcing\n");
  MustApply(host);
  EXPECT_THAT(host.measured, IsEmpty());
  // Nothing is done on live media.
  host = Measuring();
  host.facts.entry = "live";
  MustApply(host);
  EXPECT_THAT(host.measured, IsEmpty());
  EXPECT_NE(host.report, "");
}

TEST(KeptReportTest, OfADecisionThatStandsThereIsOneMeasurement) {
  FakeHost host = Measuring();
  const Report first = MustApply(host);
  ApplyOptions options;
  options.reuse = ApplyOptions::Reuse::kYes;
  host.Unlock();
  const auto again = Apply(host.ports(), options);
  ASSERT_TRUE(again.ok() && again->reused);
  EXPECT_THAT(host.measured, SizeIs(1));
  host.Unlock();
  host.Offer("/src/new.raw", ImageOf("new", &Vendor()));
  const auto changed = Apply(host.ports(), options);
  ASSERT_TRUE(changed.ok() && !changed->reused);
  EXPECT_THAT(host.measured, SizeIs(2));
  ExpectMeasured(host, changed->report);
}

TEST(KeptReportTest, ALookMeasuresNothing) {
  FakeHost host = Measuring();
  ApplyOptions options;
  options.act = ApplyOptions::Act::kDryRun;
  ASSERT_TRUE(Apply(host.ports(), options).ok());
  EXPECT_THAT(host.measured, IsEmpty());
}

TEST(KeptReportTest, WhatCannotBeMeasuredIsSaidAndStands) {
  FakeHost host = Measuring();
  host.measure_error = absl::NotFoundError("this machine has no TPM");
  const Report report = MustApply(host);
  EXPECT_EQ(Staged(host), std::vector<std::string>{"good"});
  const auto kept = ReportFromJson(host.report);
  ASSERT_TRUE(kept.ok());
  for (const Report& one : {*kept, report}) {
    ASSERT_THAT(one.diagnostics, Contains(Field(&Diagnostic::code,
                                                DiagnosticCode::kNotMeasured)));
  }
  EXPECT_EQ(report.diagnostics.back().severity, Severity::kWarning);
  EXPECT_THAT(report.diagnostics.back().message,
              HasSubstr("into PCR 14: this machine has no TPM"));
  // Nor where nothing could.
  host = Measuring("  mode: enforcing\n  measure: {nvpcr: x}\n");
  Ports ports = host.ports();
  ports.measurement = nullptr;
  const auto applied = Apply(ports, {});
  ASSERT_TRUE(applied.ok());
  EXPECT_THAT(applied->report.diagnostics.back().message,
              HasSubstr("into NvPCR `x`: "));
}

TEST(KeptReportTest, ALiveChangeIsMeasuredBeforeItIsMerged) {
  FakeHost host = Measuring();
  MustApply(host);
  host.Unlock();
  ASSERT_TRUE(host.Reload().ok());
  host.merged[ImageClass::kSysext] = {"good"};
  host.Offer("/src/new.raw", ImageOf("new", &Vendor()));
  const LivePorts live = host.live_ports();
  const auto change = ChangeLive(host.ports(), live, {});
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->end, LiveChange::End::kMerged);
  ASSERT_THAT(host.measured, SizeIs(2));
  EXPECT_EQ(host.measured.back().refreshes, 0);
  EXPECT_EQ(host.refreshes[ImageClass::kSysext], 1);
  ExpectMeasured(host, change->report);
}

TEST(KeptReportTest, WhatIsPutBackIsMeasuredAgain) {
  FakeHost host = Measuring();
  MustApply(host);
  host.Unlock();
  ASSERT_TRUE(host.Reload().ok());
  host.merged[ImageClass::kSysext] = {"good"};
  host.Offer("/src/new.raw", ImageOf("new", &Vendor()));
  host.on_merge = [](const std::vector<SetEntry>& set) {
    return set.size() > 1 ? absl::UnavailableError("no") : absl::OkStatus();
  };
  const LivePorts live = host.live_ports();
  const auto change = ChangeLive(host.ports(), live, {});
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(change->end, LiveChange::End::kPutBack);
  ASSERT_THAT(host.measured, SizeIs(3));
  ExpectMeasured(host, change->report);
}

}  // namespace
}  // namespace extgate
