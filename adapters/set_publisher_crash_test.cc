// Publish() killed before every one of its system calls: the old set or the new
// one is in force, nothing of somebody else's is lost, and a rerun gets there.
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "adapters/run_staging.h"
#include "adapters/testing/temp_root.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::AnyOf;
using ::testing::Eq;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const std::string kA(64, 'a');
const std::string kB(64, 'b');

const std::vector<SetEntry> kOld = {
    {SetEntry::Kind::kImage, "a", kA},
    {SetEntry::Kind::kMask, "old-mask", ""},
    {SetEntry::Kind::kDirectory, "old-tree", "/srv/old"},
};
const std::vector<SetEntry> kNew = {
    {SetEntry::Kind::kImage, "a", kB},
    {SetEntry::Kind::kImage, "b", kB},
    {SetEntry::Kind::kMask, "new-mask", ""},
    {SetEntry::Kind::kDirectory, "new-tree", "/srv/new"},
};

enum class Fate { kKilled, kDone, kCannotTrace };

// Runs `work` in a child that is killed as it enters system call number
// `fatal_call` (from 1), the call not done.
Fate RunUntil(int fatal_call, const std::function<bool()>& work) {
  const pid_t child = fork();
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(77);
    raise(SIGSTOP);
    _exit(work() ? 0 : 1);
  }
  int state = 0;
  waitpid(child, &state, 0);
  if (!WIFSTOPPED(state)) return Fate::kCannotTrace;
  ptrace(PTRACE_SETOPTIONS, child, nullptr,
         PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
  // Stops come in pairs: into a call and out of it.
  for (int stops = 0;;) {
    ptrace(PTRACE_SYSCALL, child, nullptr, nullptr);
    waitpid(child, &state, 0);
    if (WIFEXITED(state)) {
      EXPECT_EQ(WEXITSTATUS(state), 0);
      return Fate::kDone;
    }
    if (!WIFSTOPPED(state) || WSTOPSIG(state) != (SIGTRAP | 0x80)) continue;
    if (++stops == 2 * fatal_call - 1) {
      kill(child, SIGKILL);
      waitpid(child, &state, 0);
      return Fate::kKilled;
    }
  }
}

absl::Status Publish(const TempRoot& root, const std::vector<SetEntry>& set) {
  return RunStaging(root.places()).Publish(ImageClass::kSysext, set);
}

void PutForeign(const TempRoot& root) {
  root.File("/run/extensions/somebody's.raw", "S");
  root.Symlink("../../srv/x.raw", "/run/extensions/link.raw");
  root.File("/run/extensions/tree/x", "T");
}

// What systemd would find, without what somebody else put there.
std::vector<std::string> OursIn(const TempRoot& root) {
  std::vector<std::string> ours;
  for (const std::string& name : root.Tree("/run/extensions")) {
    if (!absl::StartsWith(name, "somebody's") &&
        !absl::StartsWith(name, "link.raw") &&
        !absl::StartsWith(name, "tree/")) {
      ours.push_back(name);
    }
  }
  return ours;
}

// Where a name of somebody else's is below /run, by its content.
int CopiesOf(const TempRoot& root, absl::string_view suffix) {
  int copies = 0;
  for (const std::string& name : root.Tree("/run")) {
    copies += absl::EndsWith(name, suffix) ? 1 : 0;
  }
  return copies;
}

TEST(PublishCrash, EveryStepLeavesOneWholeSetAndLosesNothing) {
  std::vector<std::string> old_set;
  std::vector<std::string> new_set;
  {
    TempRoot root;
    ASSERT_TRUE(Publish(root, kOld).ok());
    old_set = OursIn(root);
    ASSERT_TRUE(Publish(root, kNew).ok());
    new_set = OursIn(root);
    ASSERT_NE(old_set, new_set);
  }
  int seen_old = 0;
  int seen_new = 0;
  for (int call = 1;; ++call) {
    TempRoot root;
    ASSERT_TRUE(Publish(root, kOld).ok());
    PutForeign(root);
    const Fate fate =
        RunUntil(call, [&root] { return Publish(root, kNew).ok(); });
    if (fate == Fate::kCannotTrace) GTEST_SKIP() << "no right to trace";
    const std::vector<std::string> found = OursIn(root);
    ASSERT_THAT(found, AnyOf(Eq(old_set), Eq(new_set))) << "call " << call;
    (found == old_set ? seen_old : seen_new) += 1;
    ASSERT_GE(CopiesOf(root, "somebody's.raw"), 1) << "call " << call;
    ASSERT_GE(CopiesOf(root, "tree/x"), 1) << "call " << call;
    ASSERT_GE(CopiesOf(root, "srv/x.raw"), 1) << "call " << call;

    ASSERT_TRUE(Publish(root, kNew).ok()) << "call " << call;
    ASSERT_EQ(root.Tree("/run/extensions"), new_set) << "call " << call;
    ASSERT_THAT(root.Tree("/run/extgate/foreign"),
                UnorderedElementsAre("sysext/", "sysext/somebody's.raw",
                                     "sysext/link.raw -> /srv/x.raw",
                                     "sysext/tree/", "sysext/tree/x"))
        << "call " << call;
    ASSERT_THAT(root.Tree("/run/extgate/sets"),
                UnorderedElementsAre("sysext.record"))
        << "call " << call;
    if (fate == Fate::kDone) break;
  }
  EXPECT_GT(seen_old, 10);
  EXPECT_GT(seen_new, 10);
  RecordProperty("killed_before_calls", seen_old + seen_new - 1);
}

// A third set, without a rerun of the second in between: what the dead run had
// recorded must not be taken for somebody else's.
TEST(PublishCrash, AnotherSetAfterADeadRunOwnsBothSets) {
  for (int call = 1;; ++call) {
    TempRoot root;
    ASSERT_TRUE(Publish(root, kOld).ok());
    const Fate fate =
        RunUntil(call, [&root] { return Publish(root, kNew).ok(); });
    if (fate == Fate::kCannotTrace) GTEST_SKIP() << "no right to trace";
    ASSERT_TRUE(Publish(root, {}).ok()) << "call " << call;
    ASSERT_THAT(root.Tree("/run/extensions"), IsEmpty()) << "call " << call;
    ASSERT_THAT(root.Tree("/run/extgate/foreign"), IsEmpty())
        << "call " << call;
    if (fate == Fate::kDone) break;
  }
}

}  // namespace
}  // namespace extgate
