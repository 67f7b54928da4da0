#include "adapters/file_lock.h"

#include <sys/wait.h>
#include <unistd.h>

#include "absl/time/clock.h"
#include "adapters/testing/temp_root.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

TEST(LockFile, KeepsTwoProcessesApart) {
  TempRoot root;
  const Directory top = *root.places().root().OpenDirectory("/");
  int ready[2];
  int release[2];
  ASSERT_EQ(pipe(ready), 0);
  ASSERT_EQ(pipe(release), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  char byte = 0;
  if (child == 0) {
    close(release[1]);
    auto lock = LockFile(top, "lock", absl::ZeroDuration());
    if (!lock.ok() || write(ready[1], "x", 1) != 1) _exit(1);
    // Dies with the lock held.
    _exit(read(release[0], &byte, 1) == 0 ? 0 : 2);
  }
  close(release[0]);
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  const absl::Status busy =
      LockFile(top, "lock", absl::Milliseconds(50)).status();
  EXPECT_EQ(busy.code(), absl::StatusCode::kUnavailable) << busy;
  close(release[1]);
  EXPECT_TRUE(LockFile(top, "lock", absl::Seconds(20)).ok());
  int state = 0;
  ASSERT_EQ(waitpid(child, &state, 0), child);
  EXPECT_EQ(state, 0);
}

TEST(LockFile, IsGivenUpWithTheDescriptor) {
  TempRoot root;
  const Directory top = *root.places().root().OpenDirectory("/");
  {
    auto lock = LockFile(top, "lock", absl::ZeroDuration());
    ASSERT_TRUE(lock.ok());
    EXPECT_FALSE(LockFile(top, "lock", absl::ZeroDuration()).ok());
  }
  EXPECT_TRUE(LockFile(top, "lock", absl::ZeroDuration()).ok());
}

TEST(LockFile, DoesNotFollowALink) {
  TempRoot root;
  root.Symlink("elsewhere", "/lock");
  const Directory top = *root.places().root().OpenDirectory("/");
  EXPECT_EQ(LockFile(top, "lock", absl::ZeroDuration()).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(root.Exists("/elsewhere"));
}

}  // namespace
}  // namespace extgate
