#include "adapters/tree_copy.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "adapters/testing/mount_namespace.h"
#include "adapters/testing/temp_root.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

Directory Opened(const TempRoot& root, absl::string_view path) {
  root.Directory(path);
  auto directory = root.places().root().OpenDirectory(path);
  EXPECT_TRUE(directory.ok()) << directory.status();
  return *std::move(directory);
}

absl::StatusOr<std::string> Copy(const TempRoot& root) {
  return CopyTree(Opened(root, "/from"), Opened(root, "/to"));
}

struct stat LookAt(const TempRoot& root, absl::string_view path) {
  struct stat info = {};
  EXPECT_EQ(lstat(root.At(path).c_str(), &info), 0) << path;
  return info;
}

TEST(CopyTree, KeepsAllOfIt) {
  TempRoot root;
  root.File("/from/usr/bin/tool", "content");
  root.File("/secret", "outside");
  root.Symlink("/secret", "/from/usr/lib/link");
  root.Symlink("../../..", "/from/usr/lib/up");
  root.Fifo("/from/fifo");
  root.Socket("/from/socket");
  ASSERT_EQ(link(root.At("/from/usr/bin/tool").c_str(),
                 root.At("/from/usr/bin/same").c_str()),
            0);
  ASSERT_EQ(chmod(root.At("/from/usr/bin/tool").c_str(), 04751), 0);
  ASSERT_EQ(chmod(root.At("/from/usr/bin").c_str(), 02750), 0);
  const timespec times[] = {{5, 6}, {7, 8}};
  ASSERT_EQ(utimensat(AT_FDCWD, root.At("/from/usr").c_str(), times, 0), 0);
  auto address = Copy(root);
  ASSERT_TRUE(address.ok()) << address.status();
  EXPECT_EQ(address->size(), 64u);
  EXPECT_EQ(root.Tree("/to"), root.Tree("/from"));
  EXPECT_EQ(root.Read("/to/usr/bin/same"), "content");
  EXPECT_EQ(LookAt(root, "/to/usr/bin/tool").st_mode, S_IFREG | 04751u);
  EXPECT_EQ(LookAt(root, "/to/usr/bin").st_mode, S_IFDIR | 02750u);
  EXPECT_EQ(LookAt(root, "/to/usr/bin/tool").st_ino,
            LookAt(root, "/to/usr/bin/same").st_ino);
  EXPECT_NE(LookAt(root, "/to/usr/bin/tool").st_ino,
            LookAt(root, "/from/usr/bin/tool").st_ino);
  EXPECT_EQ(LookAt(root, "/to/usr").st_mtim.tv_sec, 7);
  EXPECT_EQ(LookAt(root, "/to/usr").st_mtim.tv_nsec, 8);
  EXPECT_TRUE(S_ISFIFO(LookAt(root, "/to/fifo").st_mode));
  EXPECT_TRUE(S_ISSOCK(LookAt(root, "/to/socket").st_mode));
  // The same again has the same address, and another owner of a bit has not.
  root.Remove("/to");
  EXPECT_EQ(*Copy(root), *address);
  root.Remove("/to");
  ASSERT_EQ(chmod(root.At("/from/usr/bin/tool").c_str(), 0751), 0);
  EXPECT_NE(*Copy(root), *address);
}

TEST(CopyTree, EveryDifferenceIsAnotherAddress) {
  TempRoot root;
  root.File("/from/a", "1");
  root.File("/from/b", "1");
  root.Symlink("a", "/from/c");
  std::set<std::string> addresses;
  const auto add = [&] {
    root.Remove("/to");
    // Times apart, which differ anyway.
    const timespec epoch[] = {{0, 0}, {0, 0}};
    for (const char* path : {"/from/a", "/from/b", "/from/c", "/from"}) {
      utimensat(AT_FDCWD, root.At(path).c_str(), epoch, AT_SYMLINK_NOFOLLOW);
    }
    return addresses.insert(*Copy(root)).second;
  };
  EXPECT_TRUE(add());
  EXPECT_FALSE(add());
  root.File("/from/b", "2");
  EXPECT_TRUE(add());
  root.Remove("/from/c");
  root.Symlink("b", "/from/c");
  EXPECT_TRUE(add());
  root.Remove("/from/b");
  ASSERT_EQ(link(root.At("/from/a").c_str(), root.At("/from/b").c_str()), 0);
  EXPECT_TRUE(add());
  if (setxattr(root.At("/from/a").c_str(), "user.x", "y", 1, 0) == 0) {
    EXPECT_TRUE(add());
  }
}

TEST(CopyTree, KeepsOwnersAttributesAndDevices) {
  TempRoot root;
  root.File("/from/file", "x");
  root.Symlink("file", "/from/link");
  if (lchown(root.At("/from/link").c_str(), 12, 34) != 0 ||
      chown(root.At("/from/file").c_str(), 56, 78) != 0 ||
      mknod(root.At("/from/gone").c_str(), S_IFCHR | 0600, makedev(0, 0)) !=
          0 ||
      setxattr(root.At("/from").c_str(), "trusted.overlay.opaque", "y", 1, 0) !=
          0) {
    GTEST_SKIP() << "this test may not make it";
  }
  constexpr char kCapability[] =
      "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
      "\x00\x00";
  ASSERT_EQ(setxattr(root.At("/from/file").c_str(), "security.capability",
                     kCapability, 20, 0),
            0);
  ASSERT_TRUE(Copy(root).ok());
  EXPECT_EQ(LookAt(root, "/to/link").st_uid, 12u);
  EXPECT_EQ(LookAt(root, "/to/link").st_gid, 34u);
  EXPECT_EQ(LookAt(root, "/to/file").st_uid, 56u);
  EXPECT_TRUE(S_ISCHR(LookAt(root, "/to/gone").st_mode));
  EXPECT_EQ(LookAt(root, "/to/gone").st_rdev, makedev(0, 0));
  char value[64];
  EXPECT_EQ(getxattr(root.At("/to").c_str(), "trusted.overlay.opaque", value,
                     sizeof(value)),
            1);
  EXPECT_EQ(getxattr(root.At("/to/file").c_str(), "security.capability", value,
                     sizeof(value)),
            20);
}

TEST(CopyTree, TooLargeIsToldBeforeItIsCopied) {
  TempRoot root;
  root.File("/from/huge", "x");
  ASSERT_EQ(truncate(root.At("/from/huge").c_str(), off_t{1} << 42), 0);
  auto address = Copy(root);
  EXPECT_EQ(address.status().code(), absl::StatusCode::kResourceExhausted)
      << address.status();
  EXPECT_THAT(root.Tree("/to"), IsEmpty());
}

TEST(CopyTree, TooDeepIsRefused) {
  TempRoot root;
  std::string path = "/from";
  for (int depth = 0; depth < 130; ++depth) absl::StrAppend(&path, "/d");
  root.Directory(path);
  EXPECT_EQ(Copy(root).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(RemoveTree(Opened(root, "/"), "to").ok());
  EXPECT_FALSE(root.Exists("/to"));
}

// Somebody writes without an end, in another process, while it is copied.
TEST(CopyTree, AFileThatChangesMeanwhileIsTold) {
  TempRoot root;
  root.File("/from/file", std::string(64 << 20, 'x'));
  const std::string path = root.At("/from/file");
  const pid_t writer = fork();
  if (writer == 0) {
    const int fd = open(path.c_str(), O_WRONLY);
    for (;;) {
      if (pwrite(fd, "y", 1, 0) != 1) _exit(1);
    }
  }
  ASSERT_GT(writer, 0);
  auto address = Copy(root);
  kill(writer, SIGKILL);
  waitpid(writer, nullptr, 0);
  EXPECT_EQ(address.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(address.status().message(), HasSubstr("`file` changed"));
}

TEST(CopyTree, WhatIsMountedInItIsRefusedAndNotRemoved) {
  TempRoot root;
  root.File("/from/usr/x", "x");
  const int state = InMountNamespace(root, [&] {
    if (!MountTmpfs(root, "/from/usr/mnt")) return 1;
    root.File("/from/usr/mnt/precious", "x");
    auto address = Copy(root);
    if (!absl::IsFailedPrecondition(address.status())) return 2;
    if (RemoveTree(Opened(root, "/"), "from").ok()) return 3;
    return root.Exists("/from/usr/mnt/precious") ? 0 : 4;
  });
  if (state == kNoRightToMount) GTEST_SKIP() << "no right to mount";
  EXPECT_EQ(state, 0);
}

TEST(RemoveTree, FollowsNoSymlink) {
  TempRoot root;
  root.File("/precious/file", "x");
  root.File("/tree/a/b/c", "x");
  root.Symlink("/precious", "/tree/a/link");
  root.Symlink("precious", "/link");
  EXPECT_TRUE(RemoveTree(Opened(root, "/"), "tree").ok());
  EXPECT_FALSE(root.Exists("/tree"));
  EXPECT_FALSE(RemoveTree(Opened(root, "/"), "link").ok());
  EXPECT_TRUE(root.Exists("/precious/file"));
  EXPECT_TRUE(RemoveTree(Opened(root, "/"), "nothing").ok());
}

}  // namespace
}  // namespace extgate
