#include "engine/in_force.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kHash(64, 'a');
const std::string kOther(64, 'b');

ReportedImage Image(const std::string& name, Action action) {
  ReportedImage image;
  image.name = name;
  image.path = "/var/lib/acme/" + name + ".raw";
  image.action = action;
  image.root_hash = kHash;
  image.runtime_enforcement = RuntimeEnforcement::kSignature;
  return image;
}

Report ReportOf(std::vector<ReportedImage> images) {
  Report report;
  report.mode = Mode::kEnforcing;
  report.images = std::move(images);
  return report;
}

std::vector<std::string> Details(const Report& report) {
  std::vector<std::string> details;
  for (const Violation& violation : report.violations) {
    EXPECT_EQ(violation.code, ReasonCode::kBypass);
    details.push_back(violation.detail);
  }
  return details;
}

TEST(InForceTest, WhatWasStagedIsMerged) {
  Report report =
      ReportOf({Image("good", Action::kStage), Image("left_2", Action::kLeave),
                Image("bad", Action::kWithhold)});
  EXPECT_TRUE(IsInForce({{"good", "left"}, {}, {{{kHash, ""}}}}, report));
  EXPECT_THAT(report.not_merged, IsEmpty());
  EXPECT_THAT(Details(report), IsEmpty());
}

TEST(InForceTest, WhatIsStagedAndNotMergedIsNoBypass) {
  Report report =
      ReportOf({Image("good", Action::kStage), Image("left", Action::kLeave)});
  EXPECT_FALSE(IsInForce({{}, {"good"}, {}}, report));
  EXPECT_THAT(report.not_merged, ElementsAre("good"));
  EXPECT_THAT(Details(report),
              ElementsAre("`good` is merged and was not staged"));
}

TEST(InForceTest, AWithheldImageThatIsMergedIsABypass) {
  Report report = ReportOf({Image("bad", Action::kWithhold)});
  EXPECT_FALSE(IsInForce({{"bad"}, {}, {}}, report));
  EXPECT_THAT(Details(report),
              ElementsAre("`bad` is merged and was not staged"));
}

// Somebody put another image in the place of one that was linked to.
TEST(InForceTest, AnotherRootHashIsABypass) {
  Report report = ReportOf({Image("good", Action::kStage)});
  const MergedNow now = {{"good"}, {}, {{{kOther, "/var/lib/acme/good.raw"}}}};
  EXPECT_FALSE(IsInForce(now, report));
  EXPECT_THAT(
      Details(report),
      ElementsAre(HasSubstr("no dm-verity device has the root hash"),
                  HasSubstr("`/var/lib/acme/good.raw` is mounted with the root "
                            "hash bbb")));
}

TEST(InForceTest, DevicesOfOthersAreTheirs) {
  Report report = ReportOf({Image("good", Action::kStage)});
  EXPECT_TRUE(IsInForce({{"good"},
                         {},
                         {{{kHash, "/run/extgate/images/x.raw"},
                           {kOther, ""},
                           {kOther, "/srv/portable/x.raw"}}}},
                        report));
  for (const char* file :
       {"/run/extgate/images/y.raw", "/var/lib/extensions/y.raw",
        "/run/confexts/y.raw"}) {
    report = ReportOf({Image("good", Action::kStage)});
    EXPECT_FALSE(
        IsInForce({{"good"}, {}, {{{kHash, ""}, {kOther, file}}}}, report))
        << file;
  }
}

TEST(InForceTest, WithoutDmVerityNoDeviceIsAskedFor) {
  ReportedImage bare = Image("bare", Action::kStage);
  bare.runtime_enforcement = RuntimeEnforcement::kNone;
  Report report = ReportOf({bare});
  EXPECT_TRUE(IsInForce({{"bare"}, {}, std::vector<VerityDevice>()}, report));
}

TEST(InForceTest, InDisabledNothingWasDecided) {
  Report report = ReportOf({});
  report.mode = Mode::kDisabled;
  EXPECT_TRUE(IsInForce({{"any"}, {}, {}}, report));
  EXPECT_THAT(Details(report), IsEmpty());
}

AskedUnit Asked(ImageClass image_class, const std::string& command) {
  AskedUnit asked;
  asked.image_class = image_class;
  asked.unit.name = MergeUnit(image_class);
  asked.unit.load_state = "loaded";
  asked.unit.wanted_by = {"sysinit.target"};
  asked.unit.exec_start = {{command, "merge", ToWord(image_class)}};
  asked.unit.exec_reload = asked.unit.exec_start;
  return asked;
}

TEST(InForceTest, AUnitThatRunsSomethingElseIsABypass) {
  const Report staged = ReportOf({Image("good", Action::kStage)});
  MergedNow now = {{"good"}, {}, {}};
  now.units = {{Asked(ImageClass::kSysext, "/usr/bin/extgate"),
                Asked(ImageClass::kConfext, "/usr/bin/extgate")}};
  Report report = staged;
  EXPECT_TRUE(IsInForce(now, report));
  ASSERT_EQ(report.units.size(), 2u);
  EXPECT_EQ(report.units[1].unit.name, "systemd-confext.service");

  (*now.units)[1] = Asked(ImageClass::kConfext, "/usr/bin/other");
  report = staged;
  EXPECT_FALSE(IsInForce(now, report));
  EXPECT_THAT(
      Details(report),
      ElementsAre(HasSubstr("`systemd-confext.service` does not obey")));
  EXPECT_EQ(report.units[1].standing, UnitStanding::kBypassed);
}

TEST(InForceTest, AUnitThatIsNotEnabledIsNone) {
  Report report = ReportOf({Image("good", Action::kStage)});
  MergedNow now = {{"good"}, {}, {}};
  now.units = {{Asked(ImageClass::kSysext, "/usr/bin/extgate")}};
  now.units->front().unit.wanted_by.clear();
  EXPECT_TRUE(IsInForce(now, report));
  EXPECT_EQ(report.units[0].standing, UnitStanding::kNotEnabled);
}

TEST(InForceTest, InDisabledNoUnitIsLookedAt) {
  Report report = ReportOf({});
  report.mode = Mode::kDisabled;
  MergedNow now;
  now.units = {{Asked(ImageClass::kSysext, "/usr/bin/other")}};
  EXPECT_TRUE(IsInForce(now, report));
  EXPECT_THAT(report.units, IsEmpty());
}

}  // namespace
}  // namespace extgate
