#include "engine/boot/grub_assessment.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::HasSubstr;

GrubAssessment Armed() {
  GrubAssessment assessment;
  assessment.enabled = true;
  assessment.tentative = true;
  assessment.has_fallback = true;
  return assessment;
}

bool Passes() { return true; }

TEST(GrubAssessmentTest, TheVariablesSayWhatGrubWillDo) {
  EXPECT_EQ(GrubAssessmentOf({}), GrubAssessment());
  const auto of = [](const GrubEnvironment& variables) {
    return GrubAssessmentOf(variables);
  };
  EXPECT_FALSE(of({{"enable_boot_assessment", "yes"}}).armed());
  EXPECT_FALSE(of({{"boot_assessment_tentative", "yes"}}).armed());
  EXPECT_FALSE(
      of({{"enable_boot_assessment", "yes"}, {"boot_assessment_tentative", ""}})
          .armed());
  EXPECT_FALSE(of({{"enable_boot_assessment", "true"},
                   {"boot_assessment_tentative", "yes"}})
                   .armed());
  for (const char* enabled :
       {"enable_boot_assessment", "enable_boot_assessment_always"}) {
    GrubEnvironment variables = {{enabled, "yes"},
                                 {"boot_assessment_tentative", "yes"}};
    EXPECT_TRUE(of(variables).armed());
    variables["next_entry"] = "recovery";
    EXPECT_FALSE(of(variables).armed());
    EXPECT_EQ(of(variables).next_entry, "recovery");
  }
}

TEST(GrubAssessmentTest, AnArmedBootFallsBack) {
  const FailureOutlook outlook =
      OutlookOfFailingOnGrub(Armed(), "active", {"active"}, Passes);
  EXPECT_EQ(outlook.why_not, "");
  EXPECT_EQ(outlook.next, "passive");
}

TEST(GrubAssessmentTest, ElseItIsNotWorthIt) {
  struct {
    const char* name;
    const char* entry;
    void (*change)(GrubAssessment&);
    const char* why;
  } const cases[] = {
      {"unknown", "", [](GrubAssessment&) {}, "nothing tells"},
      {"not to be failed", "edge", [](GrubAssessment&) {},
       "`edge` is not one of fail_boot.entries"},
      // It would come up again.
      {"the fallback itself", "passive", [](GrubAssessment&) {},
       "GRUB falls back from `active` alone"},
      {"not assessed", "active", [](GrubAssessment& a) { a.enabled = false; },
       "does not assess this boot"},
      {"called good", "active", [](GrubAssessment& a) { a.tentative = false; },
       "not armed, or over"},
      {"told otherwise", "active",
       [](GrubAssessment& a) { a.next_entry = "cos"; },
       "told to start `cos` next"},
      {"alone", "active", [](GrubAssessment& a) { a.has_fallback = false; },
       "no other entry"},
  };
  for (const auto& c : cases) {
    GrubAssessment assessment = Armed();
    c.change(assessment);
    const FailureOutlook outlook = OutlookOfFailingOnGrub(
        assessment, c.entry, {"active", "passive"}, Passes);
    EXPECT_THAT(outlook.why_not, HasSubstr(c.why)) << c.name;
    EXPECT_EQ(outlook.next, "") << c.name;
  }
  EXPECT_EQ(OutlookOfFailingOnGrub(Armed(), "active", {"active"},
                                   [] { return false; })
                .why_not,
            "the images of the next entry, `passive`, would not pass either");
}

}  // namespace
}  // namespace extgate
