#include "adapters/unit_file.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "adapters/testing/temp_root.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;

constexpr char kUnit[] = "systemd-sysext.service";
constexpr char kName[] = "SYSTEMD_SYSEXT_HIERARCHIES";

std::optional<std::string> Value(const TempRoot& root) {
  return ServiceVariable(root.places(), kUnit, kName);
}

std::string Setting(const std::string& value) {
  return "[Service]\nEnvironment=" + std::string(kName) + "=" + value + "\n";
}

TEST(UnitFileTest, ReadsTheSettingsOfTheService) {
  EXPECT_THAT(
      ServiceSettings("[Unit]\nA=1\n[Service]\n# B=2\n; B=3\n B = 4 \n"
                      "C=a \\\n# between\n  b\nD\n[Install]\nE=5\n[Service]\n"
                      "F=\n"),
      ElementsAre(UnitSetting{"B", "4"}, UnitSetting{"C", "a  b"},
                  UnitSetting{"F", ""}));
}

TEST(UnitFileTest, SplitsAsSystemdDoes) {
  EXPECT_THAT(UnitWords("A=1  \"B=2 3\" 'C=\"4\"' D=5\" 6\""),
              ElementsAre("A=1", "B=2 3", "C=\"4\"", "D=5 6"));
  EXPECT_THAT(UnitWords("A=\\x2fusr\\040b 100%% \\q"),
              ElementsAre("A=/usr b", "100%", "\\q"));
  EXPECT_THAT(UnitWords("\"\" \"cut"), ElementsAre("", "cut"));
  EXPECT_THAT(UnitWords("  "), IsEmpty());
}

TEST(UnitFileTest, AUnitIsEnabledByALinkAndDisabledByAMask) {
  const std::string unit = "extgate-gate.service";
  for (const char* link : {"/etc/systemd/system/boot-complete.target.requires/",
                           "/usr/lib/systemd/system/sysinit.target.wants/"}) {
    TempRoot root;
    root.File("/usr/lib/systemd/system/" + unit, "[Service]\n");
    EXPECT_FALSE(IsEnabled(root.places(), unit));
    root.Symlink("/usr/lib/systemd/system/" + unit, link + unit);
    EXPECT_TRUE(IsEnabled(root.places(), unit)) << link;
    EXPECT_FALSE(IsEnabled(root.places(), "gate.service"));
    root.Symlink("/dev/null", "/etc/systemd/system/" + unit);
    EXPECT_FALSE(IsEnabled(root.places(), unit)) << link;
  }
}

TEST(UnitFileTest, NothingIsSetWhereNobodySaysSo) {
  TempRoot root;
  EXPECT_EQ(Value(root), std::nullopt);
  root.File("/usr/lib/systemd/system/systemd-sysext.service",
            "[Service]\nEnvironment=OTHER=1\n");
  EXPECT_EQ(Value(root), std::nullopt);
}

TEST(UnitFileTest, TheLastFileByNameCounts) {
  TempRoot root;
  root.File("/usr/lib/systemd/system/systemd-sysext.service", Setting("/usr"));
  EXPECT_THAT(Value(root), Optional(std::string("/usr")));
  root.File("/etc/systemd/system/systemd-sysext.service.d/kairos.conf",
            Setting("/usr/bin:/usr/share"));
  EXPECT_THAT(Value(root), Optional(std::string("/usr/bin:/usr/share")));
  root.File("/usr/lib/systemd/system/systemd-sysext.service.d/z.conf",
            "[Service]\nEnvironment=\"" + std::string(kName) + "=/a b\"\n");
  EXPECT_THAT(Value(root), Optional(std::string("/a b")));
}

TEST(UnitFileTest, OfOneNameTheStrongestDirectoryCounts) {
  TempRoot root;
  root.File("/usr/lib/systemd/system/service.d/a.conf", Setting("/all"));
  EXPECT_THAT(Value(root), Optional(std::string("/all")));
  root.File("/usr/lib/systemd/system/systemd-.service.d/a.conf",
            Setting("/some"));
  EXPECT_THAT(Value(root), Optional(std::string("/some")));
  root.File("/usr/lib/systemd/system/systemd-sysext.service.d/a.conf",
            Setting("/one"));
  EXPECT_THAT(Value(root), Optional(std::string("/one")));
  root.File("/run/systemd/system/systemd-sysext.service.d/a.conf",
            Setting("/run"));
  EXPECT_THAT(Value(root), Optional(std::string("/run")));
  root.Symlink("/dev/null",
               "/etc/systemd/system/systemd-sysext.service.d/a.conf");
  EXPECT_EQ(Value(root), std::nullopt);
}

TEST(UnitFileTest, AnEmptyAssignmentAndUnsetTakeItBack) {
  TempRoot root;
  const std::string folder = "/etc/systemd/system/systemd-sysext.service.d/";
  root.File(folder + "a.conf", Setting("/a"));
  root.File(folder + "b.conf", "[Service]\nEnvironment=\n");
  EXPECT_EQ(Value(root), std::nullopt);
  root.File(folder + "c.conf", Setting("/c"));
  EXPECT_THAT(Value(root), Optional(std::string("/c")));
  root.File(folder + "d.conf",
            "[Service]\nUnsetEnvironment=" + std::string(kName) + "\n");
  EXPECT_EQ(Value(root), std::nullopt);
}

// Else what a policy once said would stay when it no longer does.
TEST(UnitFileTest, WhatExtgateWroteItselfDoesNotCount) {
  TempRoot root;
  root.File("/run/systemd/system/systemd-sysext.service.d/zzz-extgate.conf",
            Setting("/ours"));
  EXPECT_EQ(Value(root), std::nullopt);
  root.File("/etc/systemd/system/systemd-sysext.service.d/zzz-extgate.conf",
            Setting("/theirs"));
  EXPECT_THAT(Value(root), Optional(std::string("/theirs")));
}

TEST(UnitFileTest, OwnDropInsAreFoundInEveryPlace) {
  for (const char* directory :
       {"/etc/systemd/system/", "/run/systemd/system/",
        "/usr/local/lib/systemd/system/", "/usr/lib/systemd/system/"}) {
    TempRoot root;
    const std::string folder = absl::StrCat(directory, kUnit, ".d/");
    root.File(folder + "zzzz-extgate.conf");
    EXPECT_FALSE(HasOwnDropIn(root.places(), kUnit)) << directory;
    root.File(folder + "zzz-extgate.conf", "[Service]\nExecStart=x\n");
    EXPECT_TRUE(HasOwnDropIn(root.places(), kUnit)) << directory;
    EXPECT_FALSE(HasOwnDropIn(root.places(), "systemd-confext.service"));
  }
  TempRoot root;
  const std::string own = "/systemd/system/systemd-sysext.service.d/";
  root.File("/usr/lib" + own + "zzz-extgate.conf", "[Service]\nExecStart=x\n");
  root.Symlink("/dev/null", "/etc" + own + "zzz-extgate.conf");
  EXPECT_FALSE(HasOwnDropIn(root.places(), kUnit));
}

TEST(UnitFileTest, WhatComesLaterAndCountsIsFound) {
  TempRoot root;
  const std::string etc = "/etc/systemd/system/systemd-sysext.service.d/";
  const std::string run = "/run/systemd/system/systemd-sysext.service.d/";
  root.File(etc + "zz-before.conf", "[Service]\nExecStart=/bin/true\n");
  root.File(etc + "zzz-extgate.conf", "[Service]\nExecStart=/bin/true\n");
  root.File(run + "zzz-extgate.conf", "[Service]\nExecStart=/bin/true\n");
  root.File(etc + "zzzz-says-nothing.conf", "[Service]\nNice=1\n");
  EXPECT_THAT(LaterDropIns(root.places(), kUnit), IsEmpty());
  root.File(run + "zzzz-a.conf", "[Service]\nExecReload=/bin/true\n");
  root.File(etc + "zzzz-b.conf", Setting("/usr"));
  root.File("/etc/systemd/system/service.d/zzzz-c.conf",
            "[Service]\nUnsetEnvironment=A\n");
  root.File(etc + "zzzz-d.conf.away", "[Service]\nExecStart=/bin/true\n");
  EXPECT_THAT(LaterDropIns(root.places(), kUnit),
              ElementsAre(run + "zzzz-a.conf", etc + "zzzz-b.conf",
                          "/etc/systemd/system/service.d/zzzz-c.conf"));
}

}  // namespace
}  // namespace extgate
