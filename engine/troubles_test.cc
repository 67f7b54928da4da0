#include "engine/troubles.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Report Crowded(size_t images) {
  Report report;
  for (size_t i = 0; i < images; ++i) {
    const std::string path = "/a/" + std::to_string(i) + ".raw";
    ReportedImage image;
    image.path = path;
    image.verdict = Verdict::kAllow;
    image.action = Action::kWithhold;
    report.images.push_back(image);
    report.diagnostics.push_back({DiagnosticCode::kNoSpace,
                                  Severity::kWarning,
                                  {path, 0, 0},
                                  "no room for " + path,
                                  ""});
  }
  return report;
}

TEST(TroublesTest, TheFirstThreeAreToldAndTheOthersCounted) {
  EXPECT_THAT(TroublesOf(Report()), IsEmpty());
  EXPECT_THAT(TroublesOf(Crowded(1)), ElementsAre("no room for /a/0.raw"));
  EXPECT_THAT(TroublesOf(Crowded(5)),
              ElementsAre("no room for /a/0.raw", "no room for /a/1.raw",
                          "no room for /a/2.raw", "2 more troubles"));
}

TEST(TroublesTest, WhatConcernsOneImageAloneIsNone) {
  Report report;
  report.diagnostics = {
      {DiagnosticCode::kShadowed, Severity::kNote, {}, "a", ""},
      {DiagnosticCode::kContent, Severity::kWarning, {}, "b", ""}};
  EXPECT_THAT(TroublesOf(report), IsEmpty());
}

TEST(TroublesTest, AnObstacleIsThatOfTheImageAlone) {
  Report report = Crowded(2);
  report.diagnostics.pop_back();
  EXPECT_EQ(ObstacleOf(report.images[0], report),
            "no-space: no room for /a/0.raw");
  EXPECT_THAT(ObstacleOf(report.images[1], report), IsEmpty());
  report.images[0].action = Action::kStage;
  EXPECT_THAT(ObstacleOf(report.images[0], report), IsEmpty());
}

}  // namespace
}  // namespace extgate
