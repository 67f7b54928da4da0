#include "engine/unit_in_force.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr char kPackaged[] =
    "/usr/lib/systemd/system/systemd-sysext.service.d/zzz-extgate.conf";
constexpr char kWritten[] =
    "/run/systemd/system/systemd-sysext.service.d/zzz-extgate.conf";
constexpr char kLater[] =
    "/etc/systemd/system/systemd-sysext.service.d/zzzz-other.conf";

HandOver Strict() {
  HandOver hand_over = HandOverFor({}, 257);
  AddSwitches(Mode::kEnforcing, 257, hand_over);
  return hand_over;
}

// The unit as the package makes it.
AskedUnit Packaged() {
  AskedUnit asked;
  asked.unit.name = "systemd-sysext.service";
  asked.unit.load_state = "loaded";
  asked.unit.active_state = "active";
  asked.unit.unit_file_state = "enabled";
  asked.unit.fragment_path = "/usr/lib/systemd/system/systemd-sysext.service";
  asked.unit.drop_in_paths = {kPackaged};
  asked.unit.wanted_by = {"sysinit.target"};
  asked.unit.exec_start = {{"/usr/bin/extgate", "merge", "sysext"}};
  asked.unit.exec_reload = asked.unit.exec_start;
  return asked;
}

// The unit as `extgate apply` makes it.
AskedUnit Written(const HandOver& hand_over) {
  AskedUnit asked = Packaged();
  asked.origin = DropInOrigin::kApply;
  asked.unit.drop_in_paths = {kWritten};
  std::vector<std::string> words = RefreshArguments(hand_over);
  words.insert(words.begin(), "systemd-sysext");
  asked.unit.exec_start = {words};
  asked.unit.exec_reload = {words};
  asked.unit.environment = hand_over.environment;
  asked.unit.unset_environment = {"SYSTEMD_DISSECT_VERITY_EMBEDDED",
                                  "SYSTEMD_DISSECT_VERITY_SIDECAR",
                                  "SYSTEMD_DISSECT_FILE_SYSTEMS"};
  return asked;
}

void ExpectBypass(const AskedUnit& asked, const HandOver& hand_over,
                  const std::string& what, const std::string& who) {
  const ReportedUnit judged = JudgeUnit(asked, hand_over, 1);
  EXPECT_EQ(judged.standing, UnitStanding::kBypassed) << judged.detail;
  EXPECT_THAT(judged.detail, AllOf(HasSubstr(what), HasSubstr(who)));
}

void ExpectObeys(const AskedUnit& asked, const HandOver& hand_over) {
  const ReportedUnit judged = JudgeUnit(asked, hand_over, 1);
  EXPECT_EQ(judged.standing, UnitStanding::kObeys) << judged.detail;
  EXPECT_THAT(judged.detail, IsEmpty());
  EXPECT_EQ(judged.unit, asked.unit);
}

TEST(UnitInForceTest, BothKindsOfDropInObey) {
  ExpectObeys(Packaged(), Strict());
  ExpectObeys(Written(Strict()), Strict());
  HandOver off = Strict();
  off.environment = {"SYSTEMD_DISSECT_VERITY_SIGNATURE=0",
                     "SYSTEMD_SYSEXT_HIERARCHIES=/usr"};
  ExpectObeys(Written(off), off);
}

TEST(UnitInForceTest, WhatComesLaterIsNamed) {
  AskedUnit asked = Packaged();
  asked.unit.drop_in_paths = {"/etc/systemd/system/x.d/10-harmless.conf",
                              kPackaged, kLater};
  ExpectObeys(asked, Strict());  // as long as it changes nothing that counts
  asked.unit.exec_start = {{"systemd-sysext", "refresh"}};
  ExpectBypass(asked, Strict(),
               "its ExecStart is `systemd-sysext refresh` instead of `extgate "
               "merge sysext`",
               std::string("`") + kLater + "` comes after extgate's drop-in");
  EXPECT_THAT(JudgeUnit(asked, Strict(), 1).detail,
              Not(HasSubstr("10-harmless")));
}

TEST(UnitInForceTest, ASecondCommandIsABypass) {
  AskedUnit asked = Packaged();
  asked.unit.drop_in_paths.push_back(kLater);
  asked.unit.exec_start.push_back(
      {"systemd-sysext", "refresh", "--image-policy=*"});
  ExpectBypass(asked, Strict(), "`/usr/bin/extgate merge sysext` and 1 more",
               kLater);
}

TEST(UnitInForceTest, ReloadCountsToo) {
  AskedUnit asked = Packaged();
  asked.unit.drop_in_paths.push_back(kLater);
  asked.unit.exec_reload = {{"systemd-sysext", "refresh"}};
  ExpectBypass(asked, Strict(), "its ExecReload is `systemd-sysext refresh`",
               kLater);
  asked.unit.exec_reload.clear();
  ExpectBypass(asked, Strict(), "its ExecReload is nothing", kLater);
}

TEST(UnitInForceTest, TheMergeOfTheOtherClassIsABypass) {
  AskedUnit asked = Packaged();
  asked.unit.exec_start = {{"/usr/bin/extgate", "merge", "confext"}};
  ExpectBypass(asked, Strict(), "merge confext", "is not as extgate left it");
}

// Image by image it is decided under which policy systemd merges.
TEST(UnitInForceTest, AnotherImagePolicyIsABypass) {
  AskedUnit asked = Written(Strict());
  asked.unit.drop_in_paths.push_back(kLater);
  asked.unit.exec_start = {{"systemd-sysext", "refresh", "--image-policy=*"}};
  ExpectBypass(asked, Strict(),
               "instead of `systemd-sysext refresh "
               "--image-policy=root=signed+absent:usr=signed"
               "+absent --mutable=no`",
               kLater);
}

TEST(UnitInForceTest, TheEnvironmentCountsWhereApplyWroteTheDropIn) {
  AskedUnit asked = Written(Strict());
  asked.unit.drop_in_paths.push_back(kLater);
  asked.unit.environment = {"PATH=/bin", "SYSTEMD_DISSECT_VERITY_SIGNATURE=0"};
  ExpectBypass(asked, Strict(),
               "its environment has `SYSTEMD_DISSECT_VERITY_SIGNATURE=0`",
               kLater);
  // Unset after it is set, by name or as a whole.
  asked.unit.unset_environment.push_back("SYSTEMD_DISSECT_VERITY_SIGNATURE");
  ExpectObeys(asked, Strict());
  asked.unit.unset_environment = {"SYSTEMD_DISSECT_VERITY_SIGNATURE=0"};
  ExpectObeys(asked, Strict());
  asked.unit.unset_environment = {"SYSTEMD_DISSECT_VERITY_SIGNATURE=1"};
  ExpectBypass(asked, Strict(), "SYSTEMD_DISSECT_VERITY_SIGNATURE=0", kLater);
}

TEST(UnitInForceTest, WhatIsHandedOverMustBeThere) {
  HandOver off = Strict();
  off.environment = {"SYSTEMD_SYSEXT_HIERARCHIES=/usr"};
  AskedUnit asked = Written(off);
  asked.unit.drop_in_paths.push_back(kLater);
  asked.unit.environment = {"SYSTEMD_SYSEXT_HIERARCHIES=/usr:/opt"};
  ExpectBypass(asked, off,
               "its environment is without `SYSTEMD_SYSEXT_HIERARCHIES=/usr`",
               kLater);
}

// `extgate merge` takes them out of what it hands over.
TEST(UnitInForceTest, TheEnvironmentOfMergeIsItsOwnAffair) {
  AskedUnit asked = Packaged();
  asked.unit.environment = {"SYSTEMD_DISSECT_VERITY_SIGNATURE=0"};
  ExpectObeys(asked, Strict());
}

TEST(UnitInForceTest, WithoutADropInItIsABypass) {
  AskedUnit asked = Packaged();
  asked.unit.drop_in_paths.clear();
  asked.unit.exec_start = {{"systemd-sysext", "refresh"}};
  ExpectBypass(asked, Strict(), "`systemd-sysext refresh`",
               "no drop-in of extgate's is loaded");
}

// A file of its name that stands before it in systemd's order of directories.
TEST(UnitInForceTest, AFileOfItsNameIsNamed) {
  AskedUnit asked = Written(Strict());
  asked.unit.drop_in_paths = {
      "/etc/systemd/system/systemd-sysext.service.d/zzz-extgate.conf"};
  asked.unit.exec_start = {{"systemd-sysext", "refresh"}};
  ExpectBypass(asked, Strict(), "`systemd-sysext refresh`",
               "`/etc/systemd/system/systemd-sysext.service.d/"
               "zzz-extgate.conf` is not as extgate left it");
}

TEST(UnitInForceTest, AMaskedUnitIsABypassOfWhatIsStaged) {
  AskedUnit asked = Packaged();
  asked.unit.load_state = "masked";
  asked.unit.fragment_path = "/etc/systemd/system/systemd-sysext.service";
  asked.unit.exec_start.clear();
  ExpectBypass(asked, Strict(),
               "masked by `/etc/systemd/system/systemd-sysext.service`",
               "systemctl unmask");
  EXPECT_EQ(JudgeUnit(asked, Strict(), 0).standing, UnitStanding::kObeys);
}

TEST(UnitInForceTest, AUnitThatIsNotThereIsNoBypass) {
  AskedUnit asked;
  asked.unit.name = "systemd-confext.service";
  asked.unit.load_state = "not-found";
  const ReportedUnit judged = JudgeUnit(asked, Strict(), 1);
  EXPECT_EQ(judged.standing, UnitStanding::kMissing);
  EXPECT_THAT(judged.detail, HasSubstr("not-found"));
  EXPECT_EQ(JudgeUnit(asked, Strict(), 0).standing, UnitStanding::kObeys);
}

TEST(UnitInForceTest, WhatIsRightOnDiskNeedsAReload) {
  AskedUnit asked = Written(Strict());
  asked.unit.drop_in_paths.clear();
  asked.unit.exec_start = {{"systemd-sysext", "refresh"}};
  asked.unit.need_daemon_reload = true;
  const ReportedUnit judged = JudgeUnit(asked, Strict(), 1);
  EXPECT_EQ(judged.standing, UnitStanding::kReloadNeeded);
  EXPECT_THAT(judged.detail, HasSubstr("`systemctl daemon-reload`"));
  // A reload would not help.
  asked.later_files = {kLater};
  ExpectBypass(asked, Strict(), "systemd-sysext refresh", "no drop-in");
}

TEST(UnitInForceTest, AUnitThatNothingStartsIsSaid) {
  AskedUnit asked = Packaged();
  asked.unit.unit_file_state = "disabled";
  ExpectObeys(asked, Strict());  // a link of the vendor's wants it
  asked.unit.wanted_by.clear();
  const ReportedUnit judged = JudgeUnit(asked, Strict(), 1);
  EXPECT_EQ(judged.standing, UnitStanding::kNotEnabled);
  EXPECT_THAT(judged.detail, HasSubstr("systemctl enable"));
  EXPECT_EQ(JudgeUnit(asked, Strict(), 0).standing, UnitStanding::kObeys);
}

TEST(UnitInForceTest, OnlyMergeOfTheClassRunsMerge) {
  EXPECT_TRUE(RunsMerge({"extgate", "merge", "sysext"}, ImageClass::kSysext));
  EXPECT_TRUE(
      RunsMerge({"/usr/bin/extgate", "--root", "/x", "merge", "confext"},
                ImageClass::kConfext));
  EXPECT_FALSE(RunsMerge({"extgate", "merge"}, ImageClass::kSysext));
  EXPECT_FALSE(RunsMerge({"extgate", "apply", "sysext"}, ImageClass::kSysext));
  EXPECT_FALSE(RunsMerge({"/usr/bin/notextgate", "merge", "sysext"},
                         ImageClass::kSysext));
  EXPECT_FALSE(RunsMerge({}, ImageClass::kSysext));
}

}  // namespace
}  // namespace extgate
