#include "engine/pcr/userspace_log.h"

#include <cstdlib>
#include <sstream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "engine/crypto/libcrypto.h"
#include "engine/image/filesystem_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::vector<PcrBank> kAll = {PcrBank::kSha1, PcrBank::kSha256,
                                   PcrBank::kSha384, PcrBank::kSha512};
constexpr char kBootId[] = "3c29b92aeaf147338505f39f1d63ade3";

std::string Real(const std::string& name) {
  const auto bytes = ReadHostFile("testdata/pcr/" + name);
  return {bytes.begin(), bytes.end()};
}

std::string RealLog() { return Real("userspace.log"); }

class UserspaceLogTest : public ::testing::Test {
 protected:
  UserspaceLogTest() {
    if (!LoadLibcrypto().ok()) std::abort();
  }

  static std::vector<UserspaceEvent> Parsed(const std::string& bytes) {
    auto events = ParseUserspaceLog(bytes);
    EXPECT_TRUE(events.ok()) << events.status();
    return events.ok() ? *std::move(events) : std::vector<UserspaceEvent>();
  }

  static void ExpectBad(const std::string& bytes, const std::string& why) {
    const auto events = ParseUserspaceLog(bytes);
    ASSERT_TRUE(absl::IsInvalidArgument(events.status()))
        << events.status() << " for " << absl::CEscape(bytes.substr(0, 200));
    EXPECT_THAT(std::string(events.status().message()), HasSubstr(why));
  }

  static std::string Record(const std::string& json) {
    return absl::StrCat("\x1e", json, "\n");
  }
};

TEST_F(UserspaceLogTest, WhatSystemdLoggedIsRead) {
  const auto events = Parsed(RealLog());
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].pcr, 11);
  EXPECT_EQ(events[0].text, "enter-initrd");
  EXPECT_EQ(events[0].digests, DigestsOfText(kAll, "enter-initrd"));
  EXPECT_EQ(events[1].text, "leave-initrd");
  EXPECT_EQ(events[2].pcr, 14);
  // systemd has escaped it for people.
  EXPECT_EQ(events[2].text, "a \\\"word\\\" of ours");
  EXPECT_EQ(events[2].digests, DigestsOfText(kAll, "a \"word\" of ours"));
}

TEST_F(UserspaceLogTest, ReplayedItIsWhatTheRegistersHeld) {
  const auto events = Parsed(RealLog());
  const auto text = ReadHostFile("testdata/pcr/userspace.registers");
  std::istringstream lines(std::string(text.begin(), text.end()));
  std::string word, digits;
  int pcr = -1;
  int compared = 0;
  while (lines >> word >> pcr >> digits) {
    const auto bank = FromWord<PcrBank>(word);
    ASSERT_TRUE(bank.has_value()) << word;
    EXPECT_EQ(absl::BytesToHexString(
                  WithUserspace(events, *bank, pcr, InitialPcr(*bank))),
              digits)
        << word << " " << pcr;
    ++compared;
  }
  EXPECT_EQ(compared, 4 * 2);
  EXPECT_EQ(WithUserspace(events, PcrBank::kSha1, 12, "as it was"),
            "as it was");
}

TEST_F(UserspaceLogTest, WhatIsWrittenIsWhatSystemdWrites) {
  const std::string real = RealLog();
  const std::string first = real.substr(0, real.find('\n') + 1);
  const UserspaceEvent event = Parsed(first).front();
  const size_t time_at = first.find("\"timestamp\":") + 12;
  const uint64_t time = std::strtoull(first.c_str() + time_at, nullptr, 10);
  const size_t boot_at = first.find("\"bootId\":\"") + 10;
  EXPECT_EQ(UserspaceRecord(event, first.substr(boot_at, 32), time),
            absl::StrReplaceAll(first, {{",\"eventType\":\"phase\"", ""}}));
}

// By systemd 262: an NvPCR begins with a digest of zeros, and what it does then
// is as of a register.
TEST_F(UserspaceLogTest, WhatSystemdLoggedOfAnNvPcrIsRead) {
  const auto events = Parsed(Real("nvpcr.log"));
  ASSERT_EQ(events.size(), 5u);
  std::string of_9(32, '\0');
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(events[i].pcr, 9);
    EXPECT_THAT(events[i].text, HasSubstr("nvpcr-init:"));
    of_9 = DigestIn(PcrBank::kSha256,
                    of_9 + events[i].digests.at(PcrBank::kSha256));
  }
  const UserspaceEvent& word = events[4];
  EXPECT_EQ(word.pcr, std::nullopt);
  EXPECT_EQ(word.nvpcr, "extensions");
  EXPECT_EQ(word.text, "a word of ours");
  EXPECT_EQ(word.digests, DigestsOfText({PcrBank::kSha256}, word.text));
  const std::string of_extensions = DigestIn(
      PcrBank::kSha256, DigestIn(PcrBank::kSha256, std::string(64, '\0')) +
                            word.digests.at(PcrBank::kSha256));
  EXPECT_EQ(Real("nvpcr.registers"),
            absl::StrCat("sha256 9 ", absl::BytesToHexString(of_9),
                         "\nsha256 extensions ",
                         absl::BytesToHexString(of_extensions), "\n"));
}

TEST_F(UserspaceLogTest, WhatIsWrittenIsReadAgain) {
  UserspaceEvent event;
  event.pcr = 23;
  event.text = "extgate-decision:enforcing:ok:00:ff";
  event.digests = DigestsOfText({PcrBank::kSha256}, event.text);
  EXPECT_EQ(Parsed(RealLog() + UserspaceRecord(event, kBootId, 7)).back(),
            event);
  EXPECT_THAT(Parsed(""), IsEmpty());
}

TEST_F(UserspaceLogTest, WhatIsOfOthersIsPassedOver) {
  const auto events = Parsed(
      Record("{\"nv_index\":30474752,\"digests\":[{\"hashAlg\":\"sha256\","
             "\"digest\":\"" +
             std::string(64, 'a') +
             "\"}],\"content\":{\"nvIndexName\":\"extensions\",\"string\":\"x"
             "\"}}") +
      Record("{\"rtmr\":2,\"mapped_pcr\":11,\"digests\":[{\"hashAlg\":"
             "\"sm3_256\",\"digest\":\"00\"}],\"content\":[1]}") +
      Record("{\n \"pcr\": 5,\n \"digests\": [],\n \"content\": "
             "{\"string\": 7}\n}"));
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].pcr, std::nullopt);
  EXPECT_EQ(events[0].nvpcr, "extensions");
  EXPECT_EQ(events[0].text, "x");
  EXPECT_EQ(events[0].digests.at(PcrBank::kSha256), std::string(32, '\xaa'));
  EXPECT_EQ(events[1], UserspaceEvent());
  EXPECT_EQ(events[2].pcr, 5);
  EXPECT_EQ(events[2].text, "");
}

TEST_F(UserspaceLogTest, WhatIsNoLogIsRefused) {
  const std::string good = Record("{\"pcr\":1,\"digests\":[]}");
  const auto with_digest = [](const std::string& digest) {
    return Record("{\"pcr\":1,\"digests\":[" + digest + "]}");
  };
  const std::string sha1 =
      "{\"hashAlg\":\"sha1\",\"digest\":\"" + std::string(40, '0') + "\"}";
  Parsed(good + with_digest(sha1));
  ExpectBad("x" + good, "record 1: it does not begin with 0x1e");
  ExpectBad(good + "\x1e", "record 2: it does not end with a newline");
  for (size_t size = 1; size < good.size(); ++size) {
    ExpectBad(good + good.substr(0, size), "record 2: ");
  }
  ExpectBad(good + Record("[]"), "record 2: not a JSON object");
  ExpectBad(good + good.substr(0, good.size() - 1) + "x\n", "record 2: not a");
  ExpectBad(Record("{\"pcr\":24,\"digests\":[]}"), "no register from 0 to 23");
  ExpectBad(Record("{\"pcr\":-1,\"digests\":[]}"), "no register from 0 to 23");
  ExpectBad(Record("{\"pcr\":1.5,\"digests\":[]}"), "no register from 0 to 23");
  ExpectBad(Record("{\"pcr\":\"1\",\"digests\":[]}"), "no register");
  ExpectBad(Record("{\"pcr\":1}"), "it has no list `digests`");
  ExpectBad(Record("{\"pcr\":1,\"digests\":{}}"), "it has no list `digests`");
  ExpectBad(with_digest("1"), "a digest has no `hashAlg`");
  ExpectBad(with_digest("{\"hashAlg\":\"sha1\"}"), "none of sha1");
  ExpectBad(with_digest("{\"hashAlg\":\"sha1\",\"digest\":\"00\"}"),
            "none of sha1");
  ExpectBad(with_digest("{\"hashAlg\":\"sha1\",\"digest\":\"" +
                        std::string(40, 'g') + "\"}"),
            "none of sha1");
  ExpectBad(with_digest(sha1 + "," + sha1), "two digests of sha1");
  ExpectBad(std::string(kMaxUserspaceLog + 1, '\x1e'), "no log of");
  std::string many;
  for (size_t i = 0; i <= kMaxUserspaceEvents; ++i) {
    many += Record("{\"digests\":[]}");
  }
  ExpectBad(many, "there are more than can be");
}

}  // namespace
}  // namespace extgate
