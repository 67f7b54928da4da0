#include "adapters/service_manager.h"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kProgram[] = "/lib/systemd/systemd";
constexpr int kMayNotMount = 77;

// A manager of systemd with units of its own, in a child. It wants to find
// itself on a system that systemd has booted, and that is all of /run it sees.
class ServiceManagerTest : public testing::Test {
 protected:
  void SetUp() override {
    if (access(kProgram, X_OK) != 0) GTEST_SKIP() << kProgram << " is missing";
    // The path of a socket must be short.
    std::string pattern = "/tmp/extgate-manager-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    top_ = pattern;
    std::filesystem::create_directories(top_ + "/run");
    std::filesystem::create_directories(top_ + "/units");
    ASSERT_EQ(chmod((top_ + "/run").c_str(), 0700), 0);
    Write("units/basic.target", "[Unit]\nDefaultDependencies=no\n");
    Write("units/default.target", "[Unit]\nDefaultDependencies=no\n");
    Write("units/shutdown.target", "[Unit]\nDefaultDependencies=no\n");
    Write("units/systemd-sysext.service",
          absl::StrCat("[Unit]\nDefaultDependencies=no\n[Service]\n"
                       "Type=oneshot\nRemainAfterExit=yes\n",
                       "ExecStart=/bin/sh -c 'echo start >>", top_, "/log'\n",
                       "ExecReload=/bin/sh -c 'echo reload >>", top_,
                       "/log; . ", top_, "/reload'\n",
                       "ExecStop=/bin/sh -c 'echo stop >>", top_, "/log'\n"));
    Write("reload", "exit 0\n");
  }

  void TearDown() override {
    if (child_ > 0) {
      kill(child_, SIGKILL);
      waitpid(child_, nullptr, 0);
    }
    if (!top_.empty()) std::filesystem::remove_all(top_);
  }

  // False, and the test is over, where it cannot be started.
  void Start() {
    child_ = fork();
    ASSERT_GE(child_, 0);
    if (child_ == 0) RunManager();
    const std::string socket = top_ + "/run/systemd/private";
    for (int i = 0; i < 200 && access(socket.c_str(), F_OK) != 0; ++i) {
      int status = 0;
      if (waitpid(child_, &status, WNOHANG) == child_) {
        child_ = -1;
        if (WIFEXITED(status) && WEXITSTATUS(status) == kMayNotMount) {
          GTEST_SKIP() << "nobody may mount here";
        }
        FAIL() << "no manager: " << Read("console");
      }
      absl::SleepFor(absl::Milliseconds(50));
    }
  }

  std::string Address() const {
    return absl::StrCat("unix:path=", top_, "/run/systemd/private");
  }

  void Write(const std::string& path, const std::string& text) {
    const std::filesystem::path file = top_ + "/" + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }

  // Wanted by the target that the manager starts, so it is loaded from then on.
  void LetBootStartIt() {
    std::filesystem::create_directories(top_ + "/units/default.target.wants");
    std::filesystem::create_symlink(
        "../systemd-sysext.service",
        top_ + "/units/default.target.wants/systemd-sysext.service");
  }

  std::string Read(const std::string& path) const {
    std::ostringstream text;
    text << std::ifstream(top_ + "/" + path).rdbuf();
    return text.str();
  }

  std::string top_;
  pid_t child_ = -1;

 private:
  [[noreturn]] void RunManager() {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (unshare(CLONE_NEWNS) != 0 ||
        mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("tmpfs", "/run", "tmpfs", 0, nullptr) != 0) {
      _exit(kMayNotMount);
    }
    std::filesystem::create_directories("/run/systemd/system");
    setenv("XDG_RUNTIME_DIR", (top_ + "/run").c_str(), 1);
    setenv("SYSTEMD_UNIT_PATH", (top_ + "/units").c_str(), 1);
    setenv("HOME", top_.c_str(), 1);
    unsetenv("DBUS_SESSION_BUS_ADDRESS");
    const std::string console = top_ + "/console";
    if (std::freopen(console.c_str(), "w", stderr) == nullptr) _exit(1);
    execl(kProgram, kProgram, "--user", "--log-target=console", nullptr);
    _exit(1);
  }
};

#define START() \
  Start();      \
  if (IsSkipped() || HasFailure()) return

TEST_F(ServiceManagerTest, AUnitIsReadAsItIsLoaded) {
  Write("units/systemd-sysext.service.d/zzz-extgate.conf",
        "[Service]\nExecStart=\nExecStart=/usr/bin/extgate merge sysext\n"
        "ExecReload=\nExecReload=-systemd-sysext refresh \"a b\"\n"
        "Environment=A=b \"C=d e\"\nUnsetEnvironment=X Y=z\n");
  LetBootStartIt();
  START();
  ServiceManager manager(Address());
  auto unit = manager.Unit(ImageClass::kSysext);
  ASSERT_TRUE(unit.ok()) << unit.status();
  EXPECT_EQ(unit->name, "systemd-sysext.service");
  EXPECT_EQ(unit->load_state, "loaded");
  EXPECT_FALSE(unit->need_daemon_reload);
  EXPECT_EQ(unit->fragment_path, top_ + "/units/systemd-sysext.service");
  EXPECT_THAT(
      unit->drop_in_paths,
      ElementsAre(top_ + "/units/systemd-sysext.service.d/zzz-extgate.conf"));
  EXPECT_THAT(unit->wanted_by, ElementsAre("default.target"));
  EXPECT_THAT(unit->exec_start,
              ElementsAre(ElementsAre("/usr/bin/extgate", "merge", "sysext")));
  EXPECT_THAT(unit->exec_reload,
              ElementsAre(ElementsAre("systemd-sysext", "refresh", "a b")));
  EXPECT_THAT(unit->environment, ElementsAre("A=b", "C=d e"));
  EXPECT_THAT(unit->unset_environment, ElementsAre("X", "Y=z"));
}

TEST_F(ServiceManagerTest, AUnitThatIsMissingOrMaskedSaysSo) {
  std::filesystem::remove(top_ + "/units/systemd-sysext.service");
  std::filesystem::create_symlink("/dev/null",
                                  top_ + "/units/systemd-sysext.service");
  START();
  ServiceManager manager(Address());
  auto masked = manager.Unit(ImageClass::kSysext);
  ASSERT_TRUE(masked.ok()) << masked.status();
  EXPECT_EQ(masked->load_state, "masked");
  EXPECT_EQ(masked->fragment_path, top_ + "/units/systemd-sysext.service");
  auto missing = manager.Unit(ImageClass::kConfext);
  ASSERT_TRUE(missing.ok()) << missing.status();
  EXPECT_EQ(missing->load_state, "not-found");
  EXPECT_THAT(missing->exec_start, IsEmpty());
  EXPECT_THAT(missing->wanted_by, IsEmpty());
  EXPECT_THAT(missing->unit_file_state, IsEmpty());
  const absl::Status refused =
      manager.Refresh(ImageClass::kSysext, TimeSpan::OfSeconds(5));
  EXPECT_TRUE(absl::IsUnavailable(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("masked"));
}

TEST_F(ServiceManagerTest, ALaterDropInIsABypassByName) {
  Write("units/systemd-sysext.service.d/zzz-extgate.conf",
        "[Service]\nExecStart=\nExecStart=/usr/bin/extgate merge sysext\n"
        "ExecReload=\nExecReload=/usr/bin/extgate merge sysext\n");
  LetBootStartIt();
  START();
  ServiceManager manager(Address());
  AskedUnit asked;
  auto unit = manager.Unit(ImageClass::kSysext);
  ASSERT_TRUE(unit.ok()) << unit.status();
  asked.unit = *unit;
  EXPECT_EQ(JudgeUnit(asked, {}, 1).standing, UnitStanding::kObeys);

  const std::string later =
      top_ + "/units/systemd-sysext.service.d/zzzz-other.conf";
  Write("units/systemd-sysext.service.d/zzzz-other.conf",
        "[Service]\nExecStart=\nExecStart=/bin/true\n");
  unit = manager.Unit(ImageClass::kSysext);
  ASSERT_TRUE(unit.ok()) << unit.status();
  EXPECT_TRUE(unit->need_daemon_reload);
  EXPECT_EQ(unit->exec_start, asked.unit.exec_start);
  ASSERT_TRUE(manager.Reload().ok());
  unit = manager.Unit(ImageClass::kSysext);
  ASSERT_TRUE(unit.ok()) << unit.status();
  EXPECT_FALSE(unit->need_daemon_reload);
  asked.unit = *unit;
  const ReportedUnit judged = JudgeUnit(asked, {}, 0);
  EXPECT_EQ(judged.standing, UnitStanding::kBypassed);
  EXPECT_THAT(judged.detail, AllOf(HasSubstr("ExecStart is `/bin/true`"),
                                   HasSubstr("`" + later + "`")));
}

TEST_F(ServiceManagerTest, AnActiveUnitIsReloadedAndAnotherStarted) {
  START();
  ServiceManager manager(Address());
  const TimeSpan patience = TimeSpan::OfSeconds(20);
  EXPECT_EQ(manager.Refresh(ImageClass::kSysext, patience), absl::OkStatus());
  EXPECT_EQ(Read("log"), "start\n");
  EXPECT_EQ(manager.Refresh(ImageClass::kSysext, patience), absl::OkStatus());
  EXPECT_EQ(Read("log"), "start\nreload\n");
  EXPECT_EQ(manager.Unit(ImageClass::kSysext)->active_state, "active");

  Write("reload", "exit 1\n");
  const absl::Status failed = manager.Refresh(ImageClass::kSysext, patience);
  EXPECT_TRUE(absl::IsFailedPrecondition(failed)) << failed;
  EXPECT_THAT(std::string(failed.message()),
              HasSubstr("`systemd-sysext.service`: failed"));
  Write("reload", "exit 0\n");
  EXPECT_EQ(manager.Refresh(ImageClass::kSysext, patience), absl::OkStatus());
}

// systemd 252 and 253 by themselves.
TEST_F(ServiceManagerTest, WhatCannotBeReloadedIsStoppedAndStarted) {
  Write("units/systemd-sysext.service.d/no-reload.conf",
        "[Service]\nExecReload=\n");
  START();
  ServiceManager manager(Address());
  const TimeSpan patience = TimeSpan::OfSeconds(20);
  EXPECT_EQ(manager.Refresh(ImageClass::kSysext, patience), absl::OkStatus());
  EXPECT_EQ(manager.Refresh(ImageClass::kSysext, patience), absl::OkStatus());
  EXPECT_EQ(Read("log"), "start\nstop\nstart\n");
}

TEST_F(ServiceManagerTest, WhatTakesTooLongIsNotWaitedFor) {
  Write("reload", "sleep 30\n");
  START();
  ServiceManager manager(Address());
  ASSERT_EQ(manager.Refresh(ImageClass::kSysext, TimeSpan::OfSeconds(20)),
            absl::OkStatus());
  const absl::Time start = absl::Now();
  const absl::Status late =
      manager.Refresh(ImageClass::kSysext, TimeSpan::OfSeconds(1));
  EXPECT_TRUE(absl::IsDeadlineExceeded(late)) << late;
  EXPECT_THAT(std::string(late.message()), HasSubstr("not done after 1s"));
  EXPECT_LT(absl::Now() - start, absl::Seconds(10));
}

// systemd's own limit comes first, and says what it did.
TEST_F(ServiceManagerTest, TheUnitsOwnLimitIsSaid) {
  Write("reload", "sleep 30\n");
  Write("units/systemd-sysext.service.d/limit.conf",
        "[Service]\nTimeoutStartSec=1s\n");
  START();
  ServiceManager manager(Address());
  const TimeSpan patience = TimeSpan::OfSeconds(20);
  ASSERT_EQ(manager.Refresh(ImageClass::kSysext, patience), absl::OkStatus());
  const absl::Status late = manager.Refresh(ImageClass::kSysext, patience);
  EXPECT_TRUE(absl::IsFailedPrecondition(late)) << late;
}

TEST_F(ServiceManagerTest, AUnitWhoseConditionsDoNotHoldHasNotFailed) {
  Write("units/systemd-sysext.service.d/never.conf",
        "[Unit]\nConditionPathExists=/nowhere\n");
  START();
  ServiceManager manager(Address());
  EXPECT_EQ(manager.Refresh(ImageClass::kSysext, TimeSpan::OfSeconds(20)),
            absl::OkStatus());
  EXPECT_EQ(Read("log"), "");
}

TEST_F(ServiceManagerTest, NobodyIsThere) {
  ServiceManager manager(Address());
  const auto unit = manager.Unit(ImageClass::kSysext);
  EXPECT_TRUE(absl::IsUnavailable(unit.status())) << unit.status();
  EXPECT_TRUE(absl::IsUnavailable(manager.Reload()));
}

// One who takes the call and says nothing.
TEST_F(ServiceManagerTest, WhoSaysNothingIsNotWaitedFor) {
  const std::string path = top_ + "/run/silent";
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_GE(listener, 0);
  ASSERT_EQ(bind(listener, reinterpret_cast<const sockaddr*>(&address),
                 sizeof(address)),
            0);
  ASSERT_EQ(listen(listener, 8), 0);
  ServiceManager manager("unix:path=" + path, absl::Milliseconds(300));
  const absl::Time start = absl::Now();
  const auto unit = manager.Unit(ImageClass::kSysext);
  EXPECT_TRUE(absl::IsDeadlineExceeded(unit.status())) << unit.status();
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
  close(listener);
}

}  // namespace
}  // namespace extgate
