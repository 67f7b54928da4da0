#include "engine/notices.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "engine/troubles.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

ReportedImage Image(const std::string& name, Verdict verdict, Action action) {
  ReportedImage image;
  image.name = name;
  image.path = "/var/lib/acme/" + name + ".raw";
  image.verdict = verdict;
  image.action = action;
  if (verdict == Verdict::kDeny) {
    image.reasons = {{ReasonCode::kUnsigned, "no signature"},
                     {ReasonCode::kDeniedByRule, "rule `a`"}};
  }
  return image;
}

Report ReportOf(Outcome outcome, std::vector<ReportedImage> images) {
  Report report;
  report.mode = Mode::kEnforcing;
  report.outcome = outcome;
  report.images = std::move(images);
  return report;
}

Report Mixed() {
  return ReportOf(Outcome::kViolations,
                  {Image("good", Verdict::kAllow, Action::kStage),
                   Image("bad", Verdict::kDeny, Action::kWithhold),
                   Image("worse", Verdict::kDeny, Action::kMask),
                   Image("noise", Verdict::kUnmergeable, Action::kWithhold)});
}

TEST(NoticesTest, TheSummaryComesFirstAndTheRefusedNext) {
  const std::vector<Notice> notices = NoticesOf(Mixed());
  ASSERT_THAT(notices, SizeIs(5));
  EXPECT_EQ(notices[0].message,
            "extgate, enforcing: 1 of 4 images staged; 2 images denied, 1 "
            "unmergeable");
  EXPECT_EQ(notices[0].message_id, kMessageViolations);
  EXPECT_EQ(notices[0].priority, Priority::kWarning);
  EXPECT_THAT(notices[0].fields, Contains(Pair("EXTGATE_STAGED", "1")));
  EXPECT_EQ(notices[1].message,
            "extgate, enforcing: sysext `bad`: deny, withhold (unsigned: no "
            "signature)");
  EXPECT_EQ(notices[1].message_id, kMessageRefused);
  EXPECT_THAT(notices[1].fields,
              Contains(Pair("EXTGATE_REASONS", "unsigned denied-by-rule")));
  EXPECT_THAT(notices[1].fields,
              Contains(Pair("EXTGATE_PATH", "/var/lib/acme/bad.raw")));
  EXPECT_EQ(notices[4].message,
            "extgate, enforcing: sysext `good`: allow, stage");
  EXPECT_EQ(notices[4].message_id, kMessageImage);
  EXPECT_EQ(notices[4].priority, Priority::kInfo);
}

TEST(NoticesTest, OfAGoodBootTheSummaryIsPlain) {
  const std::vector<Notice> notices = NoticesOf(
      ReportOf(Outcome::kOk, {Image("good", Verdict::kAllow, Action::kStage)}));
  EXPECT_EQ(notices[0].message, "extgate, enforcing: 1 of 1 images staged");
  EXPECT_EQ(notices[0].message_id, kMessageDone);
  EXPECT_EQ(notices[0].priority, Priority::kInfo);
}

TEST(NoticesTest, AFailedBootSaysSo) {
  Report report = ReportOf(Outcome::kBootFailed, {});
  report.violations = {{ReasonCode::kRequiredMissing, "rule `k3s`"}};
  const std::vector<Notice> notices = NoticesOf(report);
  EXPECT_EQ(notices[0].message_id, kMessageBootFailed);
  EXPECT_EQ(notices[0].priority, Priority::kError);
  EXPECT_THAT(notices[0].message,
              HasSubstr("this boot is failed, nothing is staged"));
  EXPECT_THAT(notices[0].message, HasSubstr("required-missing: rule `k3s`"));
}

TEST(NoticesTest, InDisabledThereIsOne) {
  Report report = Mixed();
  report.mode = Mode::kDisabled;
  EXPECT_THAT(NoticesOf(report), SizeIs(1));
}

TEST(NoticesTest, ManyImagesDoNotFloodTheJournal) {
  Report report = ReportOf(Outcome::kViolations, {});
  for (int i = 0; i < 1000; ++i) {
    report.images.push_back(
        Image(absl::StrCat("i", i), Verdict::kAllow, Action::kStage));
  }
  report.images.push_back(Image("bad", Verdict::kDeny, Action::kWithhold));
  const std::vector<Notice> notices = NoticesOf(report);
  EXPECT_THAT(notices, SizeIs(kMostImageNotices + 1));
  EXPECT_THAT(notices[1].message, HasSubstr("`bad`"));
}

TEST(NoticesTest, NamesAreMadePrintable) {
  for (const Notice& notice : NoticesOf(ReportOf(
           Outcome::kOk,
           {Image("a\nPRIORITY=0", Verdict::kAllow, Action::kStage)}))) {
    EXPECT_EQ(notice.message.find('\n'), std::string::npos);
    for (const auto& [name, value] : notice.fields) {
      EXPECT_EQ(value.find('\n'), std::string::npos) << name;
      for (char c : name)
        EXPECT_TRUE(absl::ascii_isupper(c) || c == '_' ||
                    absl::ascii_isdigit(c))
            << name;
    }
  }
}

TEST(LoginMessageTest, SaysWhatIsWrongAndNothingElse) {
  EXPECT_EQ(LoginMessage(Mixed()),
            "extgate (enforcing): 2 images denied (`bad`, `worse`), 1 "
            "unmergeable (`noise`); see `extgate status`");
  EXPECT_THAT(
      LoginMessage(ReportOf(Outcome::kOk,
                            {Image("good", Verdict::kAllow, Action::kStage)})),
      IsEmpty());
  Report disabled = Mixed();
  disabled.mode = Mode::kDisabled;
  EXPECT_THAT(LoginMessage(disabled), IsEmpty());
  Report failed = ReportOf(Outcome::kBootFailed,
                           {Image("bad", Verdict::kDeny, Action::kWithhold)});
  EXPECT_EQ(LoginMessage(failed),
            "extgate (enforcing): this boot is failed, nothing is staged; 1 "
            "image denied (`bad`); see `extgate status`");
}

TEST(LoginMessageTest, NamesThreeImagesAtMost) {
  Report report = Mixed();
  report.images.push_back(Image("fourth", Verdict::kDeny, Action::kWithhold));
  report.images.push_back(Image("fifth", Verdict::kDeny, Action::kWithhold));
  EXPECT_EQ(LoginMessage(report),
            "extgate (enforcing): 4 images denied (`bad`, `worse`, `fourth`, "
            "...), 1 unmergeable; see `extgate status`");
}

TEST(LoginMessageTest, TroublesAreToldWhateverTheOutcome) {
  Report report =
      ReportOf(Outcome::kOk, {Image("good", Verdict::kAllow, Action::kStage)});
  for (DiagnosticCode code : kTroubles) {
    report.diagnostics = {{code, Severity::kWarning, {}, "what it is", ""}};
    EXPECT_EQ(LoginMessage(report),
              "extgate (enforcing): what it is; see `extgate status`")
        << ToWord(code);
    const Notice summary = NoticesOf(report)[0];
    EXPECT_THAT(summary.message, HasSubstr("; what it is")) << ToWord(code);
    EXPECT_EQ(summary.priority, Priority::kWarning) << ToWord(code);
  }
  report.mode = Mode::kDisabled;
  EXPECT_THAT(LoginMessage(report), IsEmpty());
}

TEST(NoticesTest, WhatWasPutBackIsTold) {
  Report report;
  report.mode = Mode::kEnforcing;
  report.diagnostics = {{DiagnosticCode::kPutBack,
                         Severity::kError,
                         {},
                         "what was decided later could not be merged: why",
                         ""}};
  EXPECT_THAT(NoticesOf(report)[0].message,
              testing::HasSubstr("could not be merged: why"));
}

}  // namespace
}  // namespace extgate
