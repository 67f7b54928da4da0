#include "adapters/tpm_channel.h"

#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "adapters/testing/mount_namespace.h"
#include "adapters/testing/software_tpm.h"
#include "adapters/testing/temp_root.h"
#include "engine/image/byte_cursor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using std::chrono::milliseconds;
using ::testing::EndsWith;
using ::testing::HasSubstr;

using Clock = TpmChannel::Clock;

constexpr milliseconds kShort{100};
constexpr milliseconds kLong{20000};  // nothing takes so long
constexpr char kNoAnswer[] = "does not answer";

Clock::time_point In(milliseconds time) { return Clock::now() + time; }

std::string Answer(size_t size) {
  std::string answer = TpmCode(0);
  answer[4] = static_cast<char>(size >> 8);
  answer[5] = static_cast<char>(size & 0xff);
  if (answer.size() < size) answer.resize(size, 'x');
  return answer;
}

TEST(TpmChannelTest, AnAnswerComesWholeHoweverItIsCut) {
  const std::string longest = Answer(kMaxTpmAnswer);
  const ScriptedServer tpm(
      {{TpmCode(7)},
       {longest},
       {longest.substr(0, 3), longest.substr(3, 10), longest.substr(13)}});
  auto channel = TpmChannel::Open(tpm.path(), In(kLong));
  ASSERT_TRUE(channel.ok()) << channel.status();
  EXPECT_EQ(*(*channel)->Transact(BytesOf("a"), In(kLong)), TpmCode(7));
  EXPECT_EQ(*(*channel)->Transact(BytesOf("b"), In(kLong)), longest);
  EXPECT_EQ(*(*channel)->Transact(BytesOf("c"), In(kLong)), longest);
}

TEST(TpmChannelTest, WhatIsNoAnswerIsAnErrorThatStays) {
  const auto silent = ScriptedServer::End::kSilent;
  const auto closed = ScriptedServer::End::kClosed;
  struct {
    const char* name;
    std::vector<ScriptedServer::Answer> answers;
    ScriptedServer::End end;
    std::string why;
  } const cases[] = {
      {"none", {}, silent, kNoAnswer},
      {"its beginning", {{Answer(20).substr(0, 5)}}, silent, kNoAnswer},
      {"without its end", {{Answer(20).substr(0, 19)}}, silent, kNoAnswer},
      {"ended", {{Answer(20).substr(0, 19)}}, closed, "ends without an answer"},
      {"closed", {}, closed, ""},
      {"longer than it says",
       {{Answer(20) + "x"}},
       silent,
       "answers 21 bytes of 20, which is no answer"},
      {"shorter than its head",
       {{Answer(9)}},
       silent,
       "answers 10 bytes of 9, which is no answer"},
      {"too long",
       {{Answer(kMaxTpmAnswer + 1).substr(0, 10)}},
       silent,
       "answers 10 bytes of 4097, which is no answer"},
  };
  for (const auto& c : cases) {
    const ScriptedServer tpm(c.answers, c.end);
    auto channel = TpmChannel::Open(tpm.path(), In(kLong));
    ASSERT_TRUE(channel.ok()) << channel.status();
    const bool waits = c.why == kNoAnswer;
    const auto began = Clock::now();
    const auto answer =
        (*channel)->Transact(BytesOf("command"), In(waits ? kShort : kLong));
    EXPECT_LT(Clock::now() - began, kLong / 2) << c.name;
    EXPECT_TRUE(absl::IsUnavailable(answer.status())) << c.name;
    EXPECT_THAT(std::string(answer.status().message()), HasSubstr(c.why))
        << c.name;
    const auto next = (*channel)->Transact(BytesOf("next"), In(kLong));
    EXPECT_EQ(next.status(), answer.status()) << c.name;
  }
}

TEST(TpmChannelTest, OneThatTakesNoCommandsIsNotWaitedForEither) {
  SocketDirectory directory;
  const std::string path = directory.path() + "/tpm";
  const UniqueFd socket(BoundSocket(path, 1));
  auto channel = TpmChannel::Open(path, In(kLong));
  ASSERT_TRUE(channel.ok()) << channel.status();
  const std::string command(size_t{16} * 1024 * 1024, 'x');
  const auto answer = (*channel)->Transact(BytesOf(command), In(kShort));
  EXPECT_TRUE(absl::IsUnavailable(answer.status())) << answer.status();
  EXPECT_THAT(std::string(answer.status().message()), HasSubstr(kNoAnswer));
}

TEST(TpmChannelTest, OneThatHasEndedEndsNobodyElse) {
  SocketDirectory directory;
  const std::string path = directory.path() + "/tpm";
  const UniqueFd socket(BoundSocket(path, 1));
  auto channel = TpmChannel::Open(path, In(kLong));
  ASSERT_TRUE(channel.ok()) << channel.status();
  { const UniqueFd client(accept(socket.get(), nullptr, nullptr)); }
  const auto answer = (*channel)->Transact(BytesOf("command"), In(kLong));
  EXPECT_TRUE(absl::IsUnavailable(answer.status())) << answer.status();
  EXPECT_THAT(std::string(answer.status().message()), HasSubstr("broken pipe"));
}

TEST(TpmChannelTest, ADeviceIsOpenedWhateverItIs) {
  struct {
    const char* path;
    const char* why;
  } const cases[] = {
      {"/dev/null", "ends without an answer"},
      {"/dev/zero", "answers 4096 bytes of 0, which is no answer"},
      {"device:/dev/full", "write to `/dev/full`: no space left on device"},
  };
  for (const auto& c : cases) {
    auto channel = TpmChannel::Open(c.path, In(kLong));
    ASSERT_TRUE(channel.ok()) << channel.status();
    EXPECT_THAT(std::string(c.path), EndsWith((*channel)->path()));
    const auto answer = (*channel)->Transact(BytesOf("command"), In(kLong));
    EXPECT_TRUE(absl::IsUnavailable(answer.status())) << c.path;
    EXPECT_THAT(std::string(answer.status().message()), HasSubstr(c.why));
  }
}

TEST(TpmChannelTest, WhatCannotBeOpenedSaysWhy) {
  SocketDirectory directory;
  const std::string top = directory.path();
  std::ofstream(top + "/file") << "x";
  const UniqueFd unheard(BoundSocket(top + "/unheard", -1));
  const std::string deep = top + "/" + std::string(100, 'd');
  {
    SocketDirectory other;
    const UniqueFd far(BoundSocket(other.path() + "/s", 1));
    ASSERT_EQ(rename((other.path() + "/s").c_str(), deep.c_str()), 0);
  }
  struct {
    std::string device;
    absl::StatusCode code;
    const char* why;
  } const cases[] = {
      {top + "/none", absl::StatusCode::kNotFound, "no such file"},
      {top + "/file/tpm", absl::StatusCode::kNotFound, "not a directory"},
      {"swtpm:path=" + top + "/none", absl::StatusCode::kNotFound,
       "no such file"},
      {top + "/file", absl::StatusCode::kInvalidArgument,
       "is neither a device nor a socket"},
      {top, absl::StatusCode::kInvalidArgument,
       "is neither a device nor a socket"},
      {deep, absl::StatusCode::kInvalidArgument, "is too long for a socket"},
      {top + "/unheard", absl::StatusCode::kUnavailable, "connection refused"},
      {"tabrmd:", absl::StatusCode::kInvalidArgument,
       "no way to a TPM: `tabrmd:`"},
      {"device:", absl::StatusCode::kInvalidArgument,
       "no way to a TPM: `device:`"},
      {"swtpm:port=2321", absl::StatusCode::kInvalidArgument,
       "no way to a TPM: `swtpm:port=2321`"},
  };
  for (const auto& c : cases) {
    const auto channel = TpmChannel::Open(c.device, In(kShort));
    EXPECT_EQ(channel.status().code(), c.code) << channel.status();
    EXPECT_THAT(std::string(channel.status().message()), HasSubstr(c.why))
        << c.device;
  }
}

TEST(TpmChannelTest, ABusyOneIsWaitedForSoLongAndNoLonger) {
  SocketDirectory directory;
  const std::string path = directory.path() + "/tpm";
  const UniqueFd socket(BoundSocket(path, 0));
  // One that is not accepted yet has room, the next one has not.
  const auto first = TpmChannel::Open(path, In(kLong));
  ASSERT_TRUE(first.ok()) << first.status();
  const auto began = Clock::now();
  const auto second = TpmChannel::Open(path, In(kShort));
  EXPECT_TRUE(absl::IsUnavailable(second.status())) << second.status();
  EXPECT_GE(Clock::now() - began, kShort / 2);
  EXPECT_LT(Clock::now() - began, kLong / 2);
  std::jthread accepts([&socket] {
    std::this_thread::sleep_for(kShort);
    const UniqueFd client(accept(socket.get(), nullptr, nullptr));
  });
  const auto third = TpmChannel::Open(path, In(kLong));
  EXPECT_TRUE(third.ok()) << third.status();
}

TEST(TpmChannelTest, TheMachinesOwnIsTheManagedOneIfThereIsOne) {
  TempRoot root;
  const int failed = InMountNamespace(root, [] {
    if (mount("tmpfs", "/dev", "tmpfs", 0, nullptr) != 0) {
      return kNoRightToMount;
    }
    const auto none = TpmChannel::Open("", In(kLong));
    if (!absl::IsNotFound(none.status()) ||
        none.status().message() != "this machine has no TPM") {
      return 1;
    }
    const UniqueFd plain(BoundSocket("/dev/tpm0", 5));
    const auto first = TpmChannel::Open("", In(kLong));
    if (!first.ok() || (*first)->path() != "/dev/tpm0") return 2;
    const UniqueFd managed(BoundSocket("/dev/tpmrm0", -1));
    // What is there and fails is not passed over.
    if (!absl::IsUnavailable(TpmChannel::Open("", In(kLong)).status())) {
      return 3;
    }
    listen(managed.get(), 5);
    const auto second = TpmChannel::Open("", In(kLong));
    if (!second.ok() || (*second)->path() != "/dev/tpmrm0") return 4;
    return 0;
  });
  if (failed == kNoRightToMount) GTEST_SKIP() << "nothing may be mounted";
  EXPECT_EQ(failed, 0);
}

}  // namespace
}  // namespace extgate
