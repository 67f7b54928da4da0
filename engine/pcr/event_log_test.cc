#include "engine/pcr/event_log.h"

#include <cstdlib>
#include <set>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "engine/crypto/libcrypto.h"
#include "engine/image/filesystem_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace extgate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr uint32_t kSeparator = 4;
constexpr uint32_t kTagged = 6;
constexpr uint32_t kIplEvent = 0xd;
constexpr uint16_t kSha1 = 0x4;
constexpr uint16_t kSha256 = 0xb;
constexpr uint16_t kSm3 = 0x12;  // 32 bytes, and no bank of ours

std::string Number(uint64_t value, size_t width) {
  std::string bytes;
  for (size_t i = 0; i < width; ++i) {
    bytes += static_cast<char>(value >> (8 * i) & 0xff);
  }
  return bytes;
}

std::string Utf16(absl::string_view ascii) {
  std::string bytes;
  for (char c : ascii) bytes += {c, '\0'};
  return bytes + std::string(2, '\0');
}

std::string OldEvent(uint32_t pcr, uint32_t type, char digest,
                     const std::string& data) {
  return Number(pcr, 4) + Number(type, 4) + std::string(20, digest) +
         Number(data.size(), 4) + data;
}

struct Row {
  uint16_t algorithm;
  uint16_t size;
};

std::string Header(const std::vector<Row>& rows) {
  std::string data("Spec ID Event03\0\0\0\0\0\0\2\0\2", 24);
  data += Number(rows.size(), 4);
  for (const Row& row : rows) {
    data += Number(row.algorithm, 2) + Number(row.size, 2);
  }
  return OldEvent(0, kNoAction, '\0', data + '\0');
}

// Each digest all of the byte `digest`.
std::string Event(uint32_t pcr, uint32_t type, const std::vector<Row>& rows,
                  char digest, const std::string& data) {
  std::string event = Number(pcr, 4) + Number(type, 4) + Number(rows.size(), 4);
  for (const Row& row : rows) {
    event += Number(row.algorithm, 2) + std::string(row.size, digest);
  }
  return event + Number(data.size(), 4) + data;
}

const std::vector<Row> kTwo = {{kSha1, 20}, {kSha256, 32}};
const std::string kLocality3("StartupLocality\0\3", 17);

std::string RealLog() {
  const auto bytes = ReadHostFile("testdata/pcr/ovmf.log");
  return {bytes.begin(), bytes.end()};
}

EventLog Parsed(absl::string_view bytes) {
  auto log = ParseEventLog(bytes);
  EXPECT_TRUE(log.ok()) << log.status();
  return log.ok() ? *std::move(log) : EventLog();
}

class EventLogTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(LoadLibcrypto().ok()); }
};

TEST_F(EventLogTest, ReplayedItIsWhatTheRegistersOfThatBootHeld) {
  const EventLog log = Parsed(RealLog());
  EXPECT_THAT(log.banks, ElementsAre(PcrBank::kSha1, PcrBank::kSha256,
                                     PcrBank::kSha384, PcrBank::kSha512));
  EXPECT_EQ(log.startup_locality, 0);
  const auto text = ReadHostFile("testdata/pcr/ovmf.registers");
  std::istringstream lines(std::string(text.begin(), text.end()));
  std::string word, digits;
  int pcr = -1;
  int compared = 0;
  while (lines >> word >> pcr >> digits) {
    if (pcr == 10) continue;  // IMA's
    const auto bank = FromWord<PcrBank>(word);
    ASSERT_TRUE(bank.has_value()) << word;
    EXPECT_EQ(absl::BytesToHexString(ReplayPcr(log, *bank, pcr)),
              absl::AsciiStrToLower(digits))
        << word << " " << pcr;
    ++compared;
  }
  EXPECT_EQ(compared, 4 * 23);
}

TEST_F(EventLogTest, WhatTheStubMeasuredHasItsDescription) {
  const EventLog log = Parsed(RealLog());
  std::vector<std::pair<int, std::string>> texts;
  for (const LoggedEvent& event : log.events) {
    if (event.pcr == 9 || event.pcr > 11 || event.type == kTagged) {
      texts.emplace_back(event.pcr, EventText(event));
    }
  }
  EXPECT_THAT(texts, ElementsAre(Pair(5, "loader.conf"), Pair(12, "extra.word"),
                                 Pair(12, "Credentials initrd"),
                                 Pair(13, "System extension initrd"),
                                 Pair(12, "Configuration extension initrd"),
                                 Pair(9, "LOADED_IMAGE::LoadOptions"),
                                 Pair(9, "Linux initrd")));
  EXPECT_EQ(log.events.size(), 47u);
  EXPECT_EQ(log.events.front().offset, 77u);
  EXPECT_EQ(EventText(log.events.front()), "EV_S_CRTM_VERSION");
}

TEST_F(EventLogTest, CutAnywhereButBetweenEventsItIsNone) {
  const std::string whole = Header(kTwo) +
                            Event(0, kNoAction, kTwo, '\0', kLocality3) +
                            Event(13, kIplEvent, kTwo, 'x', Utf16("abc"));
  const EventLog log = Parsed(whole);
  std::set<size_t> ends = {0, whole.size()};
  for (const LoggedEvent& event : log.events) ends.insert(event.offset);
  EXPECT_EQ(ends.size(), 4u);
  for (size_t size = 0; size <= whole.size(); ++size) {
    const auto cut = ParseEventLog(absl::string_view(whole).substr(0, size));
    EXPECT_EQ(cut.ok(), ends.count(size) == 1) << size;
    EXPECT_TRUE(cut.ok() || absl::IsInvalidArgument(cut.status())) << size;
  }
}

TEST_F(EventLogTest, AnyFlippedBitOfADigestChangesTheRegister) {
  const std::string log =
      Header(kTwo) + Event(13, kIplEvent, kTwo, 'd', Utf16("a"));
  const EventLog before = Parsed(log);
  const size_t digest = log.size() - 4 - 4 - 32;  // the data and its size
  for (size_t bit = 0; bit < 8 * 32; ++bit) {
    std::string flipped = log;
    flipped[digest + bit / 8] ^= static_cast<char>(1 << bit % 8);
    const EventLog after = Parsed(flipped);
    EXPECT_NE(ReplayPcr(after, PcrBank::kSha256, 13),
              ReplayPcr(before, PcrBank::kSha256, 13))
        << bit;
    EXPECT_EQ(ReplayPcr(after, PcrBank::kSha1, 13),
              ReplayPcr(before, PcrBank::kSha1, 13))
        << bit;
  }
}

TEST_F(EventLogTest, WithoutHeaderItIsOfSha1) {
  const EventLog log = Parsed(OldEvent(0, kNoAction, '\0', "Spec ID Event02") +
                              OldEvent(4, kIplEvent, 'a', "grub") +
                              OldEvent(4, kSeparator, 'b', ""));
  EXPECT_THAT(log.banks, ElementsAre(PcrBank::kSha1));
  ASSERT_EQ(log.events.size(), 3u);
  EXPECT_EQ(log.events[2],
            (LoggedEvent{4,
                         kSeparator,
                         {{PcrBank::kSha1, std::string(20, 'b')}},
                         "",
                         47 + 36}));
  std::string value = InitialPcr(PcrBank::kSha1);
  for (char digest : {'a', 'b'}) {
    value = ExtendPcr(PcrBank::kSha1, value, std::string(20, digest));
  }
  EXPECT_EQ(ReplayPcr(log, PcrBank::kSha1, 4), value);
  EXPECT_EQ(ReplayPcr(log, PcrBank::kSha256, 4), InitialPcr(PcrBank::kSha256));
  EXPECT_THAT(Parsed("").events, IsEmpty());
}

TEST_F(EventLogTest, AHeaderIsTheFirstEventAndSaysOnlySomething) {
  std::string extending = Header(kTwo);
  extending[4] = kSeparator;
  for (const std::string& before :
       {OldEvent(4, kSeparator, 'b', ""), extending}) {
    const EventLog log =
        Parsed(before + Header(kTwo) + OldEvent(4, kSeparator, 'a', ""));
    EXPECT_THAT(log.banks, ElementsAre(PcrBank::kSha1));
    EXPECT_EQ(log.events.size(), 3u);
  }
}

TEST_F(EventLogTest, AlgorithmsThatAreNoBankArePassedOver) {
  const std::vector<Row> rows = {{kSm3, 32}, {kSha256, 32}, {0xffff, 7}};
  const EventLog log =
      Parsed(Header(rows) + Event(1, kSeparator, rows, 'x', "data"));
  EXPECT_THAT(log.banks, ElementsAre(PcrBank::kSha256));
  ASSERT_EQ(log.events.size(), 1u);
  EXPECT_THAT(log.events[0].digests,
              ElementsAre(Pair(PcrBank::kSha256, std::string(32, 'x'))));
  EXPECT_EQ(log.events[0].data, "data");
}

TEST_F(EventLogTest, BanksAreSortedWhateverTheHeadersOrder) {
  EXPECT_THAT(Parsed(Header({{kSha256, 32}, {kSha1, 20}})).banks,
              ElementsAre(PcrBank::kSha1, PcrBank::kSha256));
}

TEST_F(EventLogTest, ABankWithoutDigestIsNotExtended) {
  const EventLog log =
      Parsed(Header(kTwo) + Event(5, kSeparator, {{kSha1, 20}}, 'x', ""));
  EXPECT_EQ(ReplayPcr(log, PcrBank::kSha256, 5), InitialPcr(PcrBank::kSha256));
  EXPECT_NE(ReplayPcr(log, PcrBank::kSha1, 5), InitialPcr(PcrBank::kSha1));
}

TEST_F(EventLogTest, WhatSaysOnlySomethingExtendsNothing) {
  const EventLog log =
      Parsed(Header(kTwo) + Event(13, kNoAction, kTwo, 'x', "words"));
  ASSERT_EQ(log.events.size(), 1u);
  EXPECT_EQ(log.events[0].data, "words");
  EXPECT_EQ(ReplayPcr(log, PcrBank::kSha256, 13), InitialPcr(PcrBank::kSha256));
}

TEST_F(EventLogTest, RegisterZeroStartsWithTheLocality) {
  const std::string extended = Event(0, kSeparator, kTwo, 'x', "");
  for (const char locality : {'\0', '\3', '\4'}) {
    const std::string data = kLocality3.substr(0, 16) + locality;
    const std::string event = Event(0, kNoAction, kTwo, '\0', data);
    const EventLog log = Parsed(Header(kTwo) + event + event + extended);
    EXPECT_EQ(log.startup_locality, locality);
    std::string start(32, '\0');
    start[31] = locality;
    EXPECT_EQ(ReplayPcr(log, PcrBank::kSha256, 0),
              ExtendPcr(PcrBank::kSha256, start, std::string(32, 'x')));
    EXPECT_EQ(ReplayPcr(log, PcrBank::kSha256, 1), std::string(32, '\0'));
  }
  // Of another type it is nothing but data.
  EXPECT_EQ(Parsed(Header(kTwo) + Event(0, kSeparator, kTwo, 'x', kLocality3))
                .startup_locality,
            0);
}

TEST_F(EventLogTest, ARegisterThatThereIsNotIsKeptAndExtendsNone) {
  const EventLog log =
      Parsed(Header(kTwo) + Event(0xffffffff, kSeparator, kTwo, 'x', ""));
  ASSERT_EQ(log.events.size(), 1u);
  EXPECT_EQ(log.events[0].pcr, 0xffffffffu);
  for (int pcr = -1; pcr < 17; ++pcr) {
    EXPECT_EQ(ReplayPcr(log, PcrBank::kSha1, pcr), InitialPcr(PcrBank::kSha1));
  }
}

TEST_F(EventLogTest, WhatIsBrokenSaysWhere) {
  const std::string head = Header(kTwo);  // 69 bytes
  const std::vector<Row> many(17, {kSha1, 20});
  std::string none = Header({});
  std::string long_data = OldEvent(1, kSeparator, 'x', "abc");
  long_data[28] = 4;
  struct {
    const char* name;
    std::string log;
    const char* why;
  } const cases[] = {
      {"short event", OldEvent(1, kSeparator, 'x', "").substr(0, 31),
       "an event that is cut short at offset 0"},
      {"data beyond the end", long_data,
       "an event that is cut short at offset 0"},
      {"second event", head + Event(1, kSeparator, kTwo, 'x', "") + "xxxx",
       "an event that is cut short at offset 141"},
      {"digest beyond the end",
       head + Number(1, 4) + Number(4, 4) + Number(1, 4) + Number(4, 2) + "x",
       "an event that is cut short at offset 69"},
      {"short header",
       OldEvent(0, kNoAction, '\0', std::string("Spec ID Event03\0", 16)),
       "a header that is cut short at offset 32"},
      {"fewer algorithms than it says",
       OldEvent(0, kNoAction, '\0',
                std::string("Spec ID Event03\0\0\0\0\0\0\2\0\2\2\0\0\0", 28) +
                    Number(kSha1, 2) + Number(20, 2)),
       "a header that is cut short at offset 32"},
      {"no algorithms", none, "a header with 0 algorithms at offset 56"},
      {"many algorithms", Header(many),
       "a header with 17 algorithms at offset 56"},
      {"an algorithm twice", Header({{kSm3, 32}, {kSm3, 32}}),
       "algorithm 0x12 for a second time at offset 64"},
      {"another size", Header({{kSha1, 20}, {kSha256, 20}}),
       "a digest of sha256 with 20 bytes at offset 64"},
      {"an algorithm that is not in the header",
       head + Event(1, kSeparator, {{kSha1, 20}, {kSm3, 32}}, 'x', ""),
       "a digest of algorithm 0x12, which the header does not have at offset "
       "103"},
      {"a digest twice",
       head + Event(1, kSeparator, {{kSha1, 20}, {kSha1, 20}}, 'x', ""),
       "a second digest of algorithm 0x4 at offset 103"},
      {"more digests than algorithms",
       head + Event(1, kSeparator, {{kSha1, 20}, {kSha256, 32}, {kSm3, 32}},
                    'x', ""),
       "an event with 3 digests at offset 77"},
      {"no locality",
       head + Event(0, kNoAction, kTwo, '\0', kLocality3.substr(0, 16)),
       "a startup from no locality at offset 69"},
      {"a locality that there is not",
       head + Event(0, kNoAction, kTwo, '\0', kLocality3.substr(0, 16) + "\5"),
       "a startup from no locality at offset 69"},
      {"two localities",
       head + Event(0, kNoAction, kTwo, '\0', kLocality3) +
           Event(0, kNoAction, kTwo, '\0', kLocality3.substr(0, 16) + "\4"),
       "a startup from a second locality at offset 158"},
  };
  for (const auto& c : cases) {
    const auto log = ParseEventLog(c.log);
    EXPECT_TRUE(absl::IsInvalidArgument(log.status())) << c.name;
    EXPECT_THAT(std::string(log.status().message()), HasSubstr(c.why))
        << c.name;
  }
}

TEST_F(EventLogTest, ItIsBounded) {
  std::string log = OldEvent(1, kSeparator, 'x', "");
  log += OldEvent(1, kSeparator, 'x',
                  std::string(kMaxEventLog - 2 * log.size(), 'd'));
  EXPECT_EQ(log.size(), kMaxEventLog);
  EXPECT_TRUE(ParseEventLog(log).ok());
  const auto longer = ParseEventLog(log + "x");
  EXPECT_TRUE(absl::IsInvalidArgument(longer.status()));
  EXPECT_THAT(std::string(longer.status().message()),
              HasSubstr("more than 4194304 bytes"));

  std::string many = Header(kTwo);
  const std::string event = Event(1, kNoAction, {}, 'x', "");
  for (size_t i = 0; i < kMaxLoggedEvents; ++i) many += event;
  EXPECT_EQ(Parsed(many).events.size(), kMaxLoggedEvents);
  const auto more = ParseEventLog(many + event);
  EXPECT_TRUE(absl::IsInvalidArgument(more.status()));
  EXPECT_THAT(std::string(more.status().message()),
              HasSubstr("an event beyond 65536"));
}

TEST_F(EventLogTest, Text) {
  const std::string description = "System extension initrd";
  const std::string tag("\x6c\x46\xf7\x51", 4);
  struct {
    const char* name;
    uint32_t type;
    std::string data;
    const char* text;
  } const cases[] = {
      {"UTF-16", kIplEvent, Utf16(description), "System extension initrd"},
      {"UTF-16 without NUL", kIplEvent,
       Utf16(description).substr(0, 2 * description.size()),
       "System extension initrd"},
      {"one letter", kIplEvent, Utf16("1"), "1"},
      {"one letter that is not ASCII", kIplEvent, {"\xe9\0\0\0", 4}, "é"},
      {"UTF-16 that is not Latin", kIplEvent, {"\x42\x04\0\0", 4}, "B\x04"},
      {"Latin and not", kIplEvent, {"a\0\x42\x04\0\0", 6}, "aт"},
      {"what is behind the end", kIplEvent, Utf16("a") + Utf16("b"), "a"},
      {"ASCII", kIplEvent, "grub_cmd: set", "grub_cmd: set"},
      {"ASCII with NUL", kIplEvent, {"MokList\0", 8}, "MokList"},
      {"UTF-8", kIplEvent, "é", "é"},
      {"nothing", kIplEvent, "", "EV_IPL"},
      {"NULs", kIplEvent, {"\0\0\0", 3}, "EV_IPL"},
      {"no text", kIplEvent, {"\xff\xd8\0\1\0", 5}, "EV_IPL"},
      {"half a surrogate", kIplEvent, {"a\0\0\xd8", 4}, "EV_IPL"},
      {"tagged", kTagged, tag + Number(8, 4) + Utf16("one"), "one"},
      {"tagged ASCII", kTagged, tag + Number(13, 4) + "Linux initrd" + '\0',
       "Linux initrd"},
      {"a tag and less than it says", kTagged, tag + Number(9, 4) + Utf16("on"),
       "EV_EVENT_TAG"},
      {"no tag", kTagged, Utf16("a"), "EV_EVENT_TAG"},
      {"separator", kSeparator, {"\0\0\0\0", 4}, "EV_SEPARATOR"},
      {"first type", 0, "", "EV_PREBOOT_CERT"},
      {"last type", 0x800000e4, "", "EV_EFI_SPDM_DEVICE_AUTHORITY"},
      {"its data is no text", 0x80000007, "Exit", "EV_EFI_ACTION"},
      {"another type", 0x1234, "words", "event type 0x1234"},
  };
  for (const auto& c : cases) {
    LoggedEvent event;
    event.type = c.type;
    event.data = c.data;
    EXPECT_EQ(EventText(event), c.text) << c.name;
  }
}

}  // namespace
}  // namespace extgate
