#include "engine/hand_over.h"

#include <string>
#include <tuple>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr char kChecksOff[] = "SYSTEMD_DISSECT_VERITY_SIGNATURE=0";

StagedShape Signed(Designator designator = Designator::kRoot) {
  return {designator, kFlagSigned | kFlagVerity, SignatureState::kTrusted};
}
StagedShape Stranger(Designator designator = Designator::kRoot) {
  return {designator, kFlagVerity, SignatureState::kUntrusted};
}
StagedShape Garbage() {
  return {Designator::kRoot, kFlagVerity, SignatureState::kInvalid};
}
StagedShape UnsignedTree(Designator designator = Designator::kRoot) {
  return {designator, kFlagVerity, SignatureState::kNone};
}
StagedShape Bare() {
  return {Designator::kRoot, kFlagUnprotected, SignatureState::kNone};
}

StagedShape WithRootBelow(StagedShape shape) {
  shape.designator = Designator::kUsr;
  shape.root_below = true;
  return shape;
}

struct Case {
  std::string name;
  int version;
  std::vector<StagedShape> staged;
  std::string image_policy;
  bool checks_off;
  // One a staged image.
  std::vector<RuntimeEnforcement> enforcement;
};

constexpr auto kSig = RuntimeEnforcement::kSignature;
constexpr auto kVer = RuntimeEnforcement::kVerity;
constexpr auto kRaw = RuntimeEnforcement::kNone;
constexpr char kStrict[] = "root=signed+absent:usr=signed+absent";
constexpr char kRootVerity[] = "root=verity+signed+absent:usr=signed+absent";

TEST(SwitchesTest, InEnforcingNothingIsMutable) {
  for (const auto& [mode, version, immutable] :
       {std::tuple(Mode::kEnforcing, 255, false),
        std::tuple(Mode::kEnforcing, 256, true),
        std::tuple(Mode::kEnforcing, 262, true),
        std::tuple(Mode::kEnforcing, 0, false),
        std::tuple(Mode::kPermissive, 262, false),
        std::tuple(Mode::kDisabled, 262, false)}) {
    HandOver hand_over;
    hand_over.image_policy = kStrict;
    AddSwitches(mode, version, hand_over);
    EXPECT_EQ(hand_over.immutable, immutable) << version;
    EXPECT_EQ(hand_over.always_refresh,
              mode != Mode::kDisabled && version >= 260);
    EXPECT_EQ(testing::Value(RefreshArguments(hand_over),
                             testing::Contains("--mutable=no")),
              immutable);
    EXPECT_EQ(
        testing::Value(ConfigText(ImageClass::kSysext, hand_over, version),
                       HasSubstr("\nMutable=no\n")),
        immutable && version >= 259);
  }
}

class HandOverTest : public testing::TestWithParam<Case> {};

TEST_P(HandOverTest, MergesTheSetAndNothingWeaker) {
  const Case& c = GetParam();
  const HandOver got = HandOverFor(c.staged, c.version);
  EXPECT_EQ(got.image_policy, c.image_policy);
  EXPECT_EQ(got.environment, c.checks_off ? std::vector<std::string>{kChecksOff}
                                          : std::vector<std::string>{});
  ASSERT_EQ(c.enforcement.size(), c.staged.size());
  for (size_t i = 0; i < c.staged.size(); ++i) {
    EXPECT_EQ(EnforcementOf(c.staged[i], got, c.version), c.enforcement[i])
        << i;
  }
}

INSTANTIATE_TEST_SUITE_P(
    ByVersion, HandOverTest,
    testing::Values(
        Case{"Empty257", 257, {}, kStrict, false, {}},
        Case{"RootBelowUsr252",
             252,
             {WithRootBelow(Signed())},
             "",
             false,
             {kRaw}},
        Case{"RootBelowUsr257",
             257,
             {WithRootBelow(Signed())},
             "root=signed+unprotected+absent:usr=signed+absent",
             false,
             {kRaw}},
        Case{"RootBelowBareUsr262",
             262,
             {Signed(), WithRootBelow(Bare())},
             "root=signed+unprotected+absent:usr=signed+unprotected+absent",
             false,
             {kSig, kRaw}},
        Case{"Good252", 252, {Signed()}, "", false, {kSig}},
        Case{"GoodUsr252", 252, {Signed(Designator::kUsr)}, "", false, {kRaw}},
        Case{
            "Stranger252", 252, {Signed(), Stranger()}, "", true, {kVer, kVer}},
        Case{"Bare252", 252, {Bare()}, "", false, {kRaw}},
        Case{"Good254", 254, {Signed()}, kStrict, false, {kSig}},
        Case{"Good257", 257, {Signed()}, kStrict, false, {kSig}},
        Case{"GoodUsr257",
             257,
             {Signed(Designator::kUsr)},
             kStrict,
             false,
             {kRaw}},
        Case{"GoodUsr258",
             258,
             {Signed(Designator::kUsr)},
             kStrict,
             false,
             {kSig}},
        Case{"Stranger257",
             257,
             {Signed(), Stranger()},
             kStrict,
             true,
             {kVer, kVer}},
        Case{"StrangerUsr257",
             257,
             {Signed(), Stranger(Designator::kUsr)},
             kStrict,
             false,
             {kSig, kRaw}},
        Case{"StrangerUsr258",
             258,
             {Stranger(Designator::kUsr)},
             kStrict,
             true,
             {kVer}},
        Case{"Stranger262",
             262,
             {Signed(), Stranger()},
             kRootVerity,
             false,
             {kSig, kVer}},
        Case{"Garbage257", 257, {Garbage()}, kStrict, true, {kVer}},
        Case{"Garbage262",
             262,
             {Signed(), Garbage()},
             kRootVerity,
             true,
             {kVer, kVer}},
        Case{"UnsignedTree257",
             257,
             {Signed(), UnsignedTree()},
             kRootVerity,
             false,
             {kSig, kRaw}},
        Case{"UnsignedTree262",
             262,
             {Signed(), UnsignedTree()},
             kRootVerity,
             false,
             {kSig, kVer}},
        Case{"Bare257",
             257,
             {Signed(), Bare()},
             "root=signed+unprotected+absent:usr=signed+absent",
             false,
             {kSig, kRaw}},
        Case{"AllFour257",
             257,
             {Signed(), Stranger(), UnsignedTree(), Bare()},
             "root=verity+signed+unprotected+absent:usr=signed+absent",
             true,
             {kVer, kVer, kRaw, kRaw}},
        Case{"AllFour262",
             262,
             {Signed(), Stranger(), UnsignedTree(), Bare()},
             "root=verity+signed+unprotected+absent:usr=signed+absent",
             false,
             {kSig, kVer, kVer, kRaw}},
        Case{"UnknownVersionGood", 0, {Signed()}, kStrict, false, {kSig}},
        Case{"UnknownVersionGoodUsr",
             0,
             {Signed(Designator::kUsr)},
             kStrict,
             false,
             {kRaw}},
        Case{"UnknownVersionStranger",
             0,
             {Signed(), Stranger()},
             kRootVerity,
             true,
             {kVer, kVer}}),
    [](const testing::TestParamInfo<Case>& it) { return it.param.name; });

TEST(HandOverTest, StrangerWithChecksOffNeedsVerityForTrustedOnesFrom259) {
  // With signatures switched off `signed` alone admits nothing there.
  const HandOver got = HandOverFor({Signed(Designator::kUsr), Garbage()}, 262);
  EXPECT_EQ(got.image_policy,
            "root=verity+signed+absent:usr=verity+signed+absent");
}

TEST(HandOverTest, RefreshArgumentsByVersion) {
  EXPECT_THAT(RefreshArguments(HandOverFor({Signed()}, 253)),
              ElementsAre("refresh"));
  EXPECT_THAT(RefreshArguments(HandOverFor({Signed()}, 257)),
              ElementsAre("refresh", std::string("--image-policy=") + kStrict));
  EXPECT_THAT(RefreshArguments(HandOverFor({Signed()}, 260)),
              ElementsAre("refresh", std::string("--image-policy=") + kStrict,
                          "--always-refresh=yes"));
}

TEST(HandOverTest, DropInResetsWhatOthersSet) {
  const std::string text =
      DropInText(ImageClass::kSysext, HandOverFor({Stranger()}, 257),
                 TimeSpan::OfSeconds(150));
  EXPECT_THAT(text, HasSubstr("\nTimeoutStartSec=150s\n"));
  EXPECT_THAT(text,
              HasSubstr("\nExecStart=\nExecStart=systemd-sysext refresh "
                        "--image-policy=root=signed+absent:usr=signed+absent\n"
                        "ExecReload=\nExecReload=systemd-sysext refresh "));
  EXPECT_THAT(text, HasSubstr("\nEnvironment=SYSTEMD_DISSECT_VERITY_SIGNATURE="
                              "0\n"));
  EXPECT_THAT(text, Not(HasSubstr("[Unit]")));
}

// Another drop-in may have switched signature checks off (Kairos'
// `ignore_signatures` does such things); where extgate does it, it stays.
TEST(HandOverTest, DropInUnsetsTheSwitchesOfOthers) {
  const auto unset = [](const HandOver& told) {
    const std::string text =
        DropInText(ImageClass::kSysext, told, TimeSpan::OfSeconds(90));
    const size_t at = text.find("\nUnsetEnvironment=");
    return text.substr(at, text.find('\n', at + 1) - at) + " ";
  };
  for (const char* name :
       {"SYSTEMD_DISSECT_VERITY_EMBEDDED", "SYSTEMD_DISSECT_VERITY_SIDECAR",
        "SYSTEMD_DISSECT_FILE_SYSTEMS", "SYSTEMD_DISSECT_VERITY_SIGNATURE"}) {
    EXPECT_THAT(unset(HandOverFor({Signed()}, 257)),
                HasSubstr(std::string(name) + " "));
  }
  EXPECT_THAT(unset(HandOverFor({Stranger()}, 257)),
              Not(HasSubstr("SYSTEMD_DISSECT_VERITY_SIGNATURE ")));
}

// They change nothing else of what is said.
TEST(HandOverTest, HierarchiesAreOneMoreVariable) {
  HandOver told = HandOverFor({Signed()}, 262);
  const PartitionFlags flags = FlagsNeeded(Signed(), told, 262);
  AddHierarchies({"/usr/bin", "/a b\\100%"}, told);
  EXPECT_EQ(FlagsNeeded(Signed(), told, 262), flags);
  EXPECT_EQ(EnforcementOf(Signed(), told, 262), RuntimeEnforcement::kSignature);
  EXPECT_THAT(told.environment,
              ElementsAre("SYSTEMD_SYSEXT_HIERARCHIES=/usr/bin:/a b\\100%"));
  EXPECT_THAT(DropInText(ImageClass::kSysext, told, TimeSpan::OfSeconds(90)),
              HasSubstr("\nEnvironment=\"SYSTEMD_SYSEXT_HIERARCHIES=/usr/bin:"
                        "/a b\\\\100%%\"\n"));
}

TEST(HandOverTest, ConfextDropInAsksForAnyDirectory) {
  const std::string text = DropInText(
      ImageClass::kConfext, HandOverFor({}, 257), TimeSpan::OfSeconds(90));
  EXPECT_THAT(text, HasSubstr("\nTimeoutStartSec=90s\n"));
  EXPECT_THAT(text, HasSubstr("ConditionDirectoryNotEmpty=\n"));
  EXPECT_THAT(text, HasSubstr("ConditionDirectoryNotEmpty=|/run/confexts\n"));
}

TEST(HandOverTest, ConfigFileFrom259On) {
  EXPECT_THAT(ConfigText(ImageClass::kSysext, HandOverFor({}, 258), 258),
              IsEmpty());
  EXPECT_THAT(ConfigText(ImageClass::kConfext, HandOverFor({}, 259), 259),
              HasSubstr("[ConfExt]\nImagePolicy=root=signed+absent"));
}

TEST(HandOverTest, OnlyKernelKeysCountWhereTheKernelSaysSo) {
  EXPECT_FALSE(NeedsKernelKey(Signed(), 257));
  EXPECT_TRUE(NeedsKernelKey(Stranger(), 257));
  EXPECT_FALSE(NeedsKernelKey(UnsignedTree(), 257));  // mounted without a tree
  EXPECT_TRUE(NeedsKernelKey(UnsignedTree(), 262));
  EXPECT_FALSE(NeedsKernelKey(Bare(), 262));
}

}  // namespace
}  // namespace extgate
