#include "adapters/unit_command.h"

#include <string>

#include "adapters/testing/temp_root.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

constexpr char kUnit[] = "/usr/lib/systemd/system/systemd-sysext.service";
constexpr char kOurs[] =
    "/usr/lib/systemd/system/systemd-sysext.service.d/zzz-extgate.conf";
constexpr char kStock[] = "[Service]\nExecStart=systemd-sysext refresh\n";
constexpr char kMerge[] =
    "[Service]\nExecStart=\nExecStart=/usr/bin/extgate merge sysext\n";

UnitCommand Command(const TempRoot& root) {
  return CommandByFiles(root.places(), ImageClass::kSysext);
}

TEST(UnitCommandTest, WithoutADropInItIsSystemdsOwn) {
  TempRoot root;
  EXPECT_EQ(Command(root).command, "");
  EXPECT_FALSE(Command(root).is_ours);
  root.File(kUnit, kStock);
  EXPECT_EQ(Command(root).command, "systemd-sysext refresh");
  EXPECT_EQ(Command(root).source, kUnit);
  EXPECT_FALSE(Command(root).is_ours);
}

TEST(UnitCommandTest, OursWinsUnlessAnotherSortsBehindIt) {
  TempRoot root;
  root.File(kUnit, kStock);
  root.File(kOurs, kMerge);
  // Kairos' own, wherever it lies, sorts before.
  root.File(
      "/etc/systemd/system/systemd-sysext.service.d/zz-kairos-ignore-"
      "signatures.conf",
      "[Service]\nExecStart=\nExecStart=systemd-sysext refresh --force\n");
  EXPECT_EQ(Command(root).command, "/usr/bin/extgate merge sysext");
  EXPECT_EQ(Command(root).source, kOurs);
  EXPECT_TRUE(Command(root).is_ours);
  const std::string later =
      "/etc/systemd/system/systemd-sysext.service.d/zzzz.conf";
  root.File(later, "[Service]\nExecStart=\nExecStart=/bin/other\n");
  EXPECT_EQ(Command(root).command, "/bin/other");
  EXPECT_EQ(Command(root).source, later);
  EXPECT_FALSE(Command(root).is_ours);
}

TEST(UnitCommandTest, WhatRunsBesideOursCounts) {
  TempRoot root;
  root.File(kUnit, kStock);
  root.File(kOurs, kMerge);
  root.File("/run/systemd/system/systemd-sysext.service.d/zzzz.conf",
            "[Service]\nExecStart=/bin/other\n");
  EXPECT_EQ(Command(root).command, "/usr/bin/extgate merge sysext; /bin/other");
  EXPECT_FALSE(Command(root).is_ours);
}

TEST(UnitCommandTest, WhatApplyWroteIsOurs) {
  TempRoot root;
  root.File(kUnit, kStock);
  root.File("/run/systemd/system/systemd-sysext.service.d/zzz-extgate.conf",
            "[Service]\nExecStart=\nExecStart=systemd-sysext refresh "
            "--image-policy=root=signed\n");
  EXPECT_TRUE(Command(root).is_ours);
}

}  // namespace
}  // namespace extgate
