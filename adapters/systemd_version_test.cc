#include "adapters/systemd_version.h"

#include <string>

#include "adapters/testing/elf_builder.h"
#include "adapters/testing/temp_root.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

std::string Program(const std::string& library) {
  return BuildElf(ElfShape::k64Little, {"libc.so.6", library});
}

TEST(SystemdVersion, IsWhatTheProgramNames) {
  const struct {
    const char* library;
    int version;
  } kCases[] = {
      {"libsystemd-shared-252.so", 252},
      {"libsystemd-shared-257.8-2.so", 257},
      {"libsystemd-shared-257.13-1.fc42.so", 257},
      {"libsystemd-shared-262~rc1.so", 262},
      {"libsystemd-shared-1000.so", 1000},
  };
  for (const auto& c : kCases) {
    TempRoot root;
    root.File("/usr/bin/systemd-sysext", Program(c.library));
    // A half-done upgrade of the libraries does not matter.
    root.File("/usr/lib/systemd/libsystemd-shared-999.so");
    auto version = SystemdVersion(root.places().root());
    ASSERT_TRUE(version.ok()) << c.library;
    EXPECT_EQ(*version, c.version) << c.library;
  }
}

TEST(SystemdVersion, ElseItIsTheOnlyLibraryInstalled) {
  for (const char* folder :
       {"/usr/lib/systemd", "/usr/lib64/systemd", "/lib/systemd",
        "/usr/lib/x86_64-linux-gnu/systemd",
        "/usr/lib/arm-linux-gnueabihf/systemd"}) {
    TempRoot root;
    root.File("/usr/bin/systemd-sysext", "#!/bin/sh");
    root.File(std::string(folder) + "/libsystemd-shared-254.so");
    auto version = SystemdVersion(root.places().root());
    ASSERT_TRUE(version.ok()) << folder;
    EXPECT_EQ(*version, 254) << folder;
  }
}

TEST(SystemdVersion, IsUnknownRatherThanGuessed) {
  TempRoot root;
  EXPECT_FALSE(SystemdVersion(root.places().root()).ok());
  root.File("/usr/lib/systemd/libsystemd-shared-.so");
  root.File("/usr/lib/systemd/libsystemd-shared-99999999999999.so");
  root.File("/usr/lib/systemd/libsystemd-core-254.so");
  root.File("/usr/lib/systemd/libsystemd-shared-254");
  EXPECT_FALSE(SystemdVersion(root.places().root()).ok());
  root.File("/usr/lib/systemd/libsystemd-shared-254.so");
  root.File("/usr/lib64/systemd/libsystemd-shared-257.so");
  auto two = SystemdVersion(root.places().root());
  EXPECT_EQ(two.status().message(),
            "libsystemd-shared is there in versions 254 and 257");
}

TEST(SystemdVersion, DoesNotLeaveTheRoot) {
  TempRoot outside;
  outside.File("/systemd-sysext", Program("libsystemd-shared-252.so"));
  TempRoot root;
  root.Symlink(outside.At("/systemd-sysext"), "/usr/bin/systemd-sysext");
  EXPECT_FALSE(SystemdVersion(root.places().root()).ok());
}

}  // namespace
}  // namespace extgate
