#include "adapters/writable_mount.h"

#include <fcntl.h>
#include <sys/mount.h>

#include <functional>
#include <string>

#include "absl/strings/str_cat.h"
#include "adapters/mount_table.h"
#include "adapters/testing/mount_namespace.h"
#include "adapters/testing/temp_root.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

// The options of the mount at `path`, and those of its file system.
std::string OptionsAt(const std::string& path) {
  std::string options;
  for (const MountLine& mount : Mounts()) {
    if (mount.mount_point == path) {
      options =
          absl::StrCat(mount.options, " | ",
                       HasOption(mount.super_options, "ro") ? "ro" : "rw",
                       HasOption(mount.super_options, "sync") ? ",sync" : "");
    }
  }
  return options;
}

// Mounts a tmpfs at /esp, prepares it by `prepare`, and tells how its options
// are before, meanwhile, and after.
struct Seen {
  std::string before;
  std::string meanwhile;
  std::string after;
};

// The child's exit status: which of them was not as wanted.
int Try(DirectoryWrites writes, unsigned long flags, unsigned long bind_flags,
        const Seen& want) {
  TempRoot root;
  const int status = InMountNamespace(root, [&] {
    const std::string esp = root.At("/esp");
    if (!MountTmpfs(root, "/esp")) return kNoRightToMount;
    if (mount(nullptr, esp.c_str(), nullptr, MS_REMOUNT | flags, nullptr) ||
        (bind_flags != 0 &&
         mount(nullptr, esp.c_str(), nullptr, MS_REMOUNT | MS_BIND | bind_flags,
               nullptr))) {
      return 1;
    }
    if (OptionsAt(esp) != want.before) return 2;
    const auto tree = RootDir::Open(esp);
    auto writable = WritableMount::Of(*tree, writes);
    if (!writable.ok()) return 3;
    if (OptionsAt(esp) != want.meanwhile) return 4;
    if (!writable->Restore().ok()) return 5;
    if (OptionsAt(esp) != want.after) return 6;
    // Also without being asked.
    { auto again = WritableMount::Of(*tree, writes); }
    return OptionsAt(esp) == want.after ? 0 : 7;
  });
  return status;
}

TEST(WritableMountTest, OptionsChangeForAWhileAlone) {
  const struct {
    const char* name;
    DirectoryWrites writes;
    unsigned long flags;
    unsigned long bind_flags;
    Seen want;
  } cases[] = {
      {"read-only",
       DirectoryWrites::kSynchronous,
       MS_RDONLY | MS_NODEV | MS_RELATIME,
       0,
       {"ro,nodev,relatime | ro", "rw,nodev,relatime | rw,sync",
        "ro,nodev,relatime | ro"}},
      {"writable",
       DirectoryWrites::kSynchronous,
       MS_NOSUID | MS_NOEXEC | MS_NOATIME,
       0,
       {"rw,nosuid,noexec,noatime | rw", "rw,nosuid,noexec,noatime | rw,sync",
        "rw,nosuid,noexec,noatime | rw"}},
      {"ordinary and writable: nothing to do",
       DirectoryWrites::kOrdinary,
       MS_RELATIME,
       0,
       {"rw,relatime | rw", "rw,relatime | rw", "rw,relatime | rw"}},
      {"ordinary and read-only",
       DirectoryWrites::kOrdinary,
       MS_RDONLY | MS_RELATIME,
       0,
       {"ro,relatime | ro", "rw,relatime | rw", "ro,relatime | ro"}},
      {"synchronous already",
       DirectoryWrites::kSynchronous,
       MS_SYNCHRONOUS | MS_RELATIME,
       0,
       {"rw,relatime | rw,sync", "rw,relatime | rw,sync",
        "rw,relatime | rw,sync"}},
      {"the mount alone is read-only",
       DirectoryWrites::kSynchronous,
       MS_RELATIME,
       MS_RDONLY | MS_RELATIME,
       {"ro,relatime | rw", "rw,relatime | rw,sync", "ro,relatime | rw"}},
  };
  for (const auto& c : cases) {
    const int status = Try(c.writes, c.flags, c.bind_flags, c.want);
    if (status == kNoRightToMount) GTEST_SKIP() << "nobody may mount here";
    EXPECT_EQ(status, 0) << c.name;
  }
}

TEST(WritableMountTest, WhatLiesWithinAnotherMountIsNotTouched) {
  TempRoot root;
  root.Directory("/esp");
  const int status = InMountNamespace(root, [&] {
    if (!MountTmpfs(root, "/disk")) return kNoRightToMount;
    root.Directory("/disk/esp");
    const auto tree = RootDir::Open(root.At("/disk/esp"));
    const auto writable =
        WritableMount::Of(*tree, DirectoryWrites::kSynchronous);
    if (!absl::IsFailedPrecondition(writable.status())) return 1;
    return WritableMount::Of(*tree, DirectoryWrites::kOrdinary).ok() ? 0 : 2;
  });
  if (status == kNoRightToMount) GTEST_SKIP() << "nobody may mount here";
  EXPECT_EQ(status, 0);
}

TEST(WritableMountTest, SaysWhereItCannotBeReadOnlyAgain) {
  TempRoot root;
  const int status = InMountNamespace(root, [&] {
    if (!MountTmpfs(root, "/esp", "mode=755") ||
        mount(nullptr, root.At("/esp").c_str(), nullptr, MS_REMOUNT | MS_RDONLY,
              nullptr) != 0) {
      return kNoRightToMount;
    }
    const auto tree = RootDir::Open(root.At("/esp"));
    auto writable = WritableMount::Of(*tree, DirectoryWrites::kOrdinary);
    if (!writable.ok()) return 1;
    const auto file = tree->OpenAt("/busy", O_CREAT | O_WRONLY, 0600);
    if (!file.ok()) return 2;
    return absl::IsUnavailable(writable->Restore()) ? 0 : 3;
  });
  if (status == kNoRightToMount) GTEST_SKIP() << "nobody may mount here";
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace extgate
