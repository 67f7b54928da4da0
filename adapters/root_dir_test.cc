#include "adapters/root_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "adapters/places.h"
#include "adapters/testing/temp_root.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;

constexpr absl::StatusCode kNotFound = absl::StatusCode::kNotFound;
constexpr absl::StatusCode kPrecondition =
    absl::StatusCode::kFailedPrecondition;

TEST(RootDir, SymlinksEndAtTheRoot) {
  TempRoot outside;
  outside.File("/secret", "outside");
  TempRoot root;
  root.File("/inside", "inside");
  root.Symlink("/inside", "/absolute");
  root.Symlink("../../../../../../../../inside", "/deep/climbing");
  root.Symlink(outside.At("/secret"), "/escaping");
  root.Symlink(outside.path(), "/escaping-dir");
  const RootDir& dir = root.places().root();
  for (const char* path : {"/inside", "inside", "/absolute", "/deep/climbing",
                           "/deep/../../../inside", "//inside"}) {
    auto text = dir.ReadSmallFile(path, 100);
    ASSERT_TRUE(text.ok()) << path << ": " << text.status();
    EXPECT_EQ(*text, "inside") << path;
  }
  for (const std::string& path :
       {std::string("/escaping"), std::string("/escaping-dir/secret"),
        outside.At("/secret"), "/.." + outside.At("/secret")}) {
    EXPECT_EQ(dir.ReadSmallFile(path, 100).status().code(), kNotFound) << path;
  }
}

TEST(RootDir, OnlyRegularFilesAreOpenedAsFiles) {
  TempRoot root;
  root.Symlink("loop-b", "/loop-a");
  root.Symlink("loop-a", "/loop-b");
  root.Fifo("/fifo.raw");
  root.Socket("/socket.raw");
  root.Directory("/dir.raw");
  root.Symlink("fifo.raw", "/link-to-fifo.raw");
  root.Symlink("gone", "/dangling");
  root.File("/file/file");
  const struct {
    const char* path;
    absl::StatusCode code;
  } kCases[] = {
      {"/loop-a", kPrecondition},           {"/fifo.raw", kPrecondition},
      {"/socket.raw", kPrecondition},       {"/dir.raw", kPrecondition},
      {"/link-to-fifo.raw", kPrecondition}, {"/dangling", kNotFound},
      {"/file/file/x", kPrecondition},      {"/nothing", kNotFound},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(root.places().root().OpenRegular(c.path).status().code(), c.code)
        << c.path;
  }
}

TEST(RootDir, NulInAPathIsNoPath) {
  TempRoot root;
  root.File("/a");
  EXPECT_EQ(root.places()
                .root()
                .OpenRegular(absl::string_view("/a\0b", 4))
                .status()
                .code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(RootDir, MagicLinksAreNotFollowed) {
  auto host = RootDir::Open("/");
  ASSERT_TRUE(host.ok());
  EXPECT_EQ(host->OpenAt("/proc/self/fd/0", O_PATH).status().code(),
            kPrecondition);
}

TEST(RootDir, ReadsFilesThatHaveNoSize) {
  auto host = RootDir::Open("/");
  ASSERT_TRUE(host.ok());
  auto text = host->ReadSmallFile("/proc/sys/kernel/ostype", 100);
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_EQ(*text, "Linux\n");
  EXPECT_EQ(host->ReadSmallFile("/proc/sys/kernel/ostype", 3).status().code(),
            absl::StatusCode::kResourceExhausted);
}

TEST(RootDir, LongFileIsRefusedUnread) {
  TempRoot root;
  root.File("/big");
  ASSERT_EQ(truncate(root.At("/big").c_str(), 1LL << 40), 0);
  EXPECT_EQ(root.places().root().ReadSmallFile("/big", 1 << 20).status().code(),
            absl::StatusCode::kResourceExhausted);
}

TEST(RootDir, MakesDirectoriesBelowTheRootOnly) {
  TempRoot root;
  root.Symlink("/real", "/link");
  root.Directory("/real");
  auto made = root.places().root().MakeDirectories("/link/a/b/", 0751);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_THAT(root.Tree("/"),
              ElementsAre("link -> /real", "real/", "real/a/", "real/a/b/"));
  struct stat info;
  ASSERT_EQ(fstat(made->fd(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0751u);
}

TEST(RootDir, MakesNoDirectoryThroughADanglingLinkOrAFile) {
  TempRoot root;
  root.Symlink("/gone", "/link");
  root.File("/file");
  EXPECT_EQ(
      root.places().root().MakeDirectories("/link/a", 0700).status().code(),
      kPrecondition);
  EXPECT_EQ(
      root.places().root().MakeDirectories("/file/a", 0700).status().code(),
      kPrecondition);
  EXPECT_THAT(root.Tree("/"), ElementsAre("file", "link -> /gone"));
}

TEST(RootDir, ExistsIsTrueForADanglingLink) {
  TempRoot root;
  root.Symlink("gone", "/link");
  EXPECT_TRUE(root.places().root().Exists("/link"));
  EXPECT_FALSE(root.places().root().Exists("/gone"));
}

// Makes openat2(2) fail as it does before Linux 5.6. For a child process.
bool TakeOpenat2Away() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter = {4, program};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

TEST(RootDir, WithoutOpenat2OnlyTheHostsOwnRootWorks) {
  TempRoot root;
  root.File("/file", "text");
  const std::string path = root.At("/file");
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    if (!TakeOpenat2Away()) _exit(10);
    auto host = RootDir::Open("/");
    if (!host.ok()) _exit(11);
    if (host->ReadSmallFile(path, 100).value_or("") != "text") _exit(12);
    if (host->ReadSmallFile(path.substr(1), 100).value_or("") != "text") {
      _exit(13);
    }
    const absl::Status status =
        root.places().root().ReadSmallFile("/file", 100).status();
    _exit(absl::IsUnavailable(status) ? 0 : 14);
  }
  int state = 0;
  ASSERT_EQ(waitpid(child, &state, 0), child);
  EXPECT_EQ(state, 0);
}

TEST(Places, AreBelowTheRootUnlessGiven) {
  TempRoot root;
  TempRoot other;
  root.File("/run/x", "root's");
  other.File("/x", "other's");
  EXPECT_EQ(root.places().run().path, "/run");
  EXPECT_EQ(root.places().extra().path, "/.extra");
  EXPECT_EQ(root.places().efivars().path, "/sys/firmware/efi/efivars");

  auto places = Places::Open({root.path(), other.path() + "/", "", ""});
  ASSERT_TRUE(places.ok()) << places.status();
  for (const HostPath& path :
       {places->run() / "x", places->Find(other.At("/x"))}) {
    auto text = path.root->ReadSmallFile(path.path, 100);
    ASSERT_TRUE(text.ok()) << text.status();
    EXPECT_EQ(*text, "other's");
  }
  const HostPath below = places->Find("/run/x");
  EXPECT_EQ(*below.root->ReadSmallFile(below.path, 100), "root's");
}

TEST(Places, SayWhichOptionIsWrong) {
  EXPECT_EQ(Places::Open({"/nothing/there", "", "", ""}).status().code(),
            kNotFound);
  EXPECT_EQ(Places::Open({"/", "relative", "", ""}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace extgate
