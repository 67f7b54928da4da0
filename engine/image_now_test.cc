// A line an image: what was decided, and what is merged of it.
#include "engine/image_now.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using testing::SizeIs;

constexpr char kHash[] = "18a8";

ReportedImage Image(const std::string& name, Action action,
                    std::optional<RuntimeEnforcement> enforcement) {
  ReportedImage image;
  image.name = name;
  image.path = "/x/" + name + ".raw";
  image.verdict = action == Action::kStage ? Verdict::kAllow : Verdict::kDeny;
  image.action = action;
  image.runtime_enforcement = enforcement;
  image.root_hash = kHash;
  return image;
}

Report Of(std::vector<ReportedImage> images) {
  Report report;
  report.mode = Mode::kEnforcing;
  report.images = std::move(images);
  return report;
}

TEST(ImagesNowTest, WhatIsMergedByItsRootHashIsInForce) {
  const Report report =
      Of({Image("k3s", Action::kStage, RuntimeEnforcement::kSignature)});
  const auto now =
      ImagesNow({{"k3s"}, {}, {{VerityDevice{kHash, "/x/k3s.raw"}}}}, report);
  ASSERT_THAT(now, SizeIs(1));
  EXPECT_EQ(now[0],
            (ImageNow{"k3s", ImageClass::kSysext, "/x/k3s.raw", Verdict::kAllow,
                      true, true, InForce::kYes, false}));
}

TEST(ImagesNowTest, AnotherRootHashIsABypass) {
  const Report report =
      Of({Image("k3s", Action::kStage, RuntimeEnforcement::kVerity)});
  const auto now =
      ImagesNow({{"k3s"}, {}, {{VerityDevice{"ffff", ""}}}}, report);
  EXPECT_EQ(now[0].in_force, InForce::kNo);
  EXPECT_TRUE(now[0].merged);
  EXPECT_TRUE(now[0].bypassed);
}

TEST(ImagesNowTest, WithoutALookAtDevicesNobodyKnows) {
  const Report report =
      Of({Image("k3s", Action::kStage, RuntimeEnforcement::kVerity)});
  const auto now = ImagesNow({{"k3s"}, {}, std::nullopt}, report);
  EXPECT_EQ(now[0].in_force, InForce::kUnknown);
  EXPECT_FALSE(now[0].bypassed);
}

TEST(ImagesNowTest, WhereNoDeviceIsPromisedTheNameCounts) {
  const Report report =
      Of({Image("bare", Action::kStage, RuntimeEnforcement::kNone),
          Image("left", Action::kLeave, std::nullopt)});
  const auto now = ImagesNow({{"bare", "left"}, {}, {{}}}, report);
  EXPECT_EQ(now[0].in_force, InForce::kByName);
  EXPECT_EQ(now[1].in_force, InForce::kByName);
  EXPECT_FALSE(now[0].bypassed || now[1].bypassed);
}

TEST(ImagesNowTest, StagedAndNotMergedIsNoBypass) {
  const Report report =
      Of({Image("k3s", Action::kStage, RuntimeEnforcement::kVerity)});
  const auto now = ImagesNow({{}, {"k3s"}, {{}}}, report);
  ASSERT_THAT(now, SizeIs(2));  // the confext of that name is another
  EXPECT_FALSE(now[0].merged || now[0].bypassed);
  EXPECT_EQ(now[0].in_force, InForce::kNo);
  EXPECT_EQ(now[1].image_class, ImageClass::kConfext);
  EXPECT_TRUE(now[1].bypassed);
}

TEST(ImagesNowTest, WhatIsMergedAgainstTheDecisionOrWithoutOneIsBypassed) {
  const Report report = Of({Image("evil", Action::kWithhold, std::nullopt)});
  const auto now = ImagesNow({{"evil", "stranger"}, {}, {{}}}, report);
  ASSERT_THAT(now, SizeIs(2));
  EXPECT_TRUE(now[0].merged && now[0].bypassed);
  EXPECT_FALSE(now[0].staged);
  EXPECT_EQ(now[1].name, "stranger");
  EXPECT_EQ(now[1].decided, std::nullopt);
  EXPECT_TRUE(now[1].merged && now[1].bypassed);
}

TEST(ImagesNowTest, OfTwoOfOneNameTheStagedOneIsMerged) {
  const Report report =
      Of({Image("k3s", Action::kWithhold, std::nullopt),
          Image("k3s", Action::kStage, RuntimeEnforcement::kNone)});
  const auto now = ImagesNow({{"k3s"}, {}, {{}}}, report);
  EXPECT_FALSE(now[0].merged);
  EXPECT_TRUE(now[1].merged);
}

TEST(ImagesNowTest, ANameIsCutWhereSystemdCutsIt) {
  const Report report =
      Of({Image("k3s_1.30", Action::kStage, RuntimeEnforcement::kNone)});
  EXPECT_TRUE(ImagesNow({{"k3s"}, {}, {{}}}, report)[0].merged);
}

TEST(ImagesNowTest, InDisabledNothingIsABypass) {
  Report report = Of({});
  report.mode = Mode::kDisabled;
  const auto now = ImagesNow({{"any"}, {}, {{}}}, report);
  ASSERT_THAT(now, SizeIs(1));
  EXPECT_FALSE(now[0].bypassed);
}

}  // namespace
}  // namespace extgate
