// Ways in: ParseEventLog, ReplayPcr, EventText.
#include "engine/pcr/event_log.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/image/byte_cursor.h"
#include "engine/image/utf16.h"
#include "policy/printable.h"

namespace extgate {
namespace {

// TCG_EfiSpecIDEvent, by offset: 0 signature, 16 platformClass (u32), 20 minor
// and 21 major version, 22 errata, 23 uintnSize, 24 numberOfAlgorithms (u32),
// 28 their rows of algorithmId (u16) and digestSize (u16), then what the vendor
// says.
constexpr absl::string_view kHeaderSignature("Spec ID Event03\0", 16);
constexpr uint64_t kAlgorithmCountAt = 24;
constexpr uint64_t kAlgorithmsAt = 28;
constexpr uint64_t kAlgorithmRow = 4;
constexpr uint32_t kMaxAlgorithms = 16;  // a TPM has no more banks

// TCG_EfiStartupLocalityEvent: 0 signature, 16 StartupLocality (u8).
constexpr absl::string_view kLocalitySignature("StartupLocality\0", 16);

constexpr uint64_t kSha1Bytes = 20;
constexpr uint64_t kOldHead = 4 + 4 + kSha1Bytes + 4;  // before an event's data

constexpr uint32_t kEventTag = 0x6;
constexpr uint32_t kIpl = 0xd;

struct EventType {
  uint32_t type;
  const char* name;
};
// Platform Firmware Profile, "Event Types"; EV_IPL and EV_IPL_PARTITION_DATA of
// its predecessor for conventional BIOS.
constexpr EventType kEventTypes[] = {
    {0x00000000, "EV_PREBOOT_CERT"},
    {0x00000001, "EV_POST_CODE"},
    {kNoAction, "EV_NO_ACTION"},
    {0x00000004, "EV_SEPARATOR"},
    {0x00000005, "EV_ACTION"},
    {kEventTag, "EV_EVENT_TAG"},
    {0x00000007, "EV_S_CRTM_CONTENTS"},
    {0x00000008, "EV_S_CRTM_VERSION"},
    {0x00000009, "EV_CPU_MICROCODE"},
    {0x0000000a, "EV_PLATFORM_CONFIG_FLAGS"},
    {0x0000000b, "EV_TABLE_OF_DEVICES"},
    {0x0000000c, "EV_COMPACT_HASH"},
    {kIpl, "EV_IPL"},
    {0x0000000e, "EV_IPL_PARTITION_DATA"},
    {0x0000000f, "EV_NONHOST_CODE"},
    {0x00000010, "EV_NONHOST_CONFIG"},
    {0x00000011, "EV_NONHOST_INFO"},
    {0x00000012, "EV_OMIT_BOOT_DEVICE_EVENTS"},
    {0x80000001, "EV_EFI_VARIABLE_DRIVER_CONFIG"},
    {0x80000002, "EV_EFI_VARIABLE_BOOT"},
    {0x80000003, "EV_EFI_BOOT_SERVICES_APPLICATION"},
    {0x80000004, "EV_EFI_BOOT_SERVICES_DRIVER"},
    {0x80000005, "EV_EFI_RUNTIME_SERVICES_DRIVER"},
    {0x80000006, "EV_EFI_GPT_EVENT"},
    {0x80000007, "EV_EFI_ACTION"},
    {0x80000008, "EV_EFI_PLATFORM_FIRMWARE_BLOB"},
    {0x80000009, "EV_EFI_HANDOFF_TABLES"},
    {0x8000000a, "EV_EFI_PLATFORM_FIRMWARE_BLOB2"},
    {0x8000000b, "EV_EFI_HANDOFF_TABLES2"},
    {0x8000000c, "EV_EFI_VARIABLE_BOOT2"},
    {0x8000000d, "EV_EFI_GPT_EVENT2"},
    {0x80000010, "EV_EFI_HCRTM_EVENT"},
    {0x800000e0, "EV_EFI_VARIABLE_AUTHORITY"},
    {0x800000e1, "EV_EFI_SPDM_FIRMWARE_BLOB"},
    {0x800000e2, "EV_EFI_SPDM_FIRMWARE_CONFIG"},
    {0x800000e3, "EV_EFI_SPDM_DEVICE_POLICY"},
    {0x800000e4, "EV_EFI_SPDM_DEVICE_AUTHORITY"},
};

absl::Status Broken(uint64_t offset, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("no event log: ", why, " at offset ", offset));
}

bool StartsWith(absl::string_view data, absl::string_view signature) {
  return data.substr(0, signature.size()) == signature;
}

// Takes a log apart from its front to its end; for one log.
class LogParser {
 public:
  explicit LogParser(absl::string_view bytes) : cursor_(BytesOf(bytes)) {}

  absl::StatusOr<EventLog> Parse();

 private:
  // What comes next; zero or empty where the cursor says that it is not there.
  uint16_t U16();
  uint32_t U32();
  std::string Bytes(uint64_t size);

  // TCG_PCClientPCREvent: pcrIndex (u32), eventType (u32), a SHA-1,
  // eventDataSize (u32), the data.
  absl::StatusOr<LoggedEvent> OldEvent();
  // TCG_PCR_EVENT2: pcrIndex (u32), eventType (u32), a count of digests (u32),
  // for each hashAlg (u16) and the digest, then eventSize (u32) and the data.
  absl::StatusOr<LoggedEvent> Event();
  absl::Status Digests(uint32_t count, LoggedEvent& event);
  absl::Status Header(const std::string& data);
  absl::Status Locality(const LoggedEvent& event);

  ByteCursor cursor_;
  uint64_t at_ = 0;
  std::map<uint16_t, uint64_t> sizes_;  // bytes of a digest, by algorithm
  bool locality_known_ = false;
  EventLog log_;
};

uint16_t LogParser::U16() {
  at_ += 2;
  return cursor_.U16(at_ - 2);
}

uint32_t LogParser::U32() {
  at_ += 4;
  return cursor_.U32(at_ - 4);
}

std::string LogParser::Bytes(uint64_t size) {
  at_ += size;
  return std::string(TextOf(cursor_.Bytes(at_ - size, size)));
}

absl::StatusOr<LoggedEvent> LogParser::OldEvent() {
  LoggedEvent event;
  event.offset = at_;
  event.pcr = U32();
  event.type = U32();
  event.digests[PcrBank::kSha1] = Bytes(kSha1Bytes);
  event.data = Bytes(U32());
  if (!cursor_.ok()) return Broken(event.offset, "an event that is cut short");
  return event;
}

absl::Status LogParser::Digests(uint32_t count, LoggedEvent& event) {
  std::vector<uint16_t> seen;
  for (uint32_t i = 0; i < count; ++i) {
    const uint64_t at = at_;
    const uint16_t algorithm = U16();
    const auto size = sizes_.find(algorithm);
    // What is not there is no algorithm either.
    if (!cursor_.ok()) return absl::OkStatus();
    if (size == sizes_.end()) {
      return Broken(
          at, absl::StrCat("a digest of algorithm 0x", absl::Hex(algorithm),
                           ", which the header does not have"));
    }
    if (std::count(seen.begin(), seen.end(), algorithm) > 0) {
      return Broken(at, absl::StrCat("a second digest of algorithm 0x",
                                     absl::Hex(algorithm)));
    }
    seen.push_back(algorithm);
    std::string digest = Bytes(size->second);
    if (const auto bank = BankOfAlgorithm(algorithm); bank.has_value()) {
      event.digests[*bank] = std::move(digest);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<LoggedEvent> LogParser::Event() {
  LoggedEvent event;
  event.offset = at_;
  event.pcr = U32();
  event.type = U32();
  const uint64_t count_at = at_;
  const uint32_t count = U32();
  if (count > sizes_.size()) {
    return Broken(count_at, absl::StrCat("an event with ", count, " digests"));
  }
  if (absl::Status digests = Digests(count, event); !digests.ok()) {
    return digests;
  }
  event.data = Bytes(U32());
  if (!cursor_.ok()) return Broken(event.offset, "an event that is cut short");
  return event;
}

absl::Status LogParser::Header(const std::string& data) {
  ByteCursor header(BytesOf(data));
  const uint32_t count = header.U32(kAlgorithmCountAt);
  if (!header.ok()) return Broken(kOldHead, "a header that is cut short");
  if (count == 0 || count > kMaxAlgorithms) {
    return Broken(kOldHead + kAlgorithmCountAt,
                  absl::StrCat("a header with ", count, " algorithms"));
  }
  log_.banks.clear();
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t row = kAlgorithmsAt + i * kAlgorithmRow;
    const uint16_t algorithm = header.U16(row);
    const uint16_t size = header.U16(row + 2);
    if (!header.ok()) return Broken(kOldHead, "a header that is cut short");
    if (!sizes_.emplace(algorithm, size).second) {
      return Broken(kOldHead + row,
                    absl::StrCat("algorithm 0x", absl::Hex(algorithm),
                                 " for a second time"));
    }
    const auto bank = BankOfAlgorithm(algorithm);
    if (!bank.has_value()) continue;
    if (DigestSize(*bank) != size) {
      return Broken(kOldHead + row, absl::StrCat("a digest of ", ToWord(*bank),
                                                 " with ", size, " bytes"));
    }
    log_.banks.push_back(*bank);
  }
  std::sort(log_.banks.begin(), log_.banks.end());
  return absl::OkStatus();
}

absl::Status LogParser::Locality(const LoggedEvent& event) {
  if (event.type != kNoAction || !StartsWith(event.data, kLocalitySignature)) {
    return absl::OkStatus();
  }
  ByteCursor data(BytesOf(event.data));
  const uint8_t locality = data.U8(kLocalitySignature.size());
  if (!data.ok() || (locality != 0 && locality != 3 && locality != 4)) {
    return Broken(event.offset, "a startup from no locality");
  }
  if (locality_known_ && locality != log_.startup_locality) {
    return Broken(event.offset, "a startup from a second locality");
  }
  locality_known_ = true;
  log_.startup_locality = locality;
  return absl::OkStatus();
}

absl::StatusOr<EventLog> LogParser::Parse() {
  if (cursor_.size() > kMaxEventLog) {
    return Broken(kMaxEventLog, absl::StrCat("more than ", kMaxEventLog,
                                             " bytes, which would end"));
  }
  log_.banks = {PcrBank::kSha1};
  while (at_ < cursor_.size()) {
    if (log_.events.size() == kMaxLoggedEvents) {
      return Broken(at_, absl::StrCat("an event beyond ", kMaxLoggedEvents));
    }
    const bool is_first = at_ == 0;
    auto event = sizes_.empty() ? OldEvent() : Event();
    if (!event.ok()) return event.status();
    if (is_first && event->type == kNoAction &&
        StartsWith(event->data, kHeaderSignature)) {
      absl::Status header = Header(event->data);
      if (!header.ok()) return header;
      continue;
    }
    absl::Status locality = Locality(*event);
    if (!locality.ok()) return locality;
    log_.events.push_back(*std::move(event));
  }
  return std::move(log_);
}

// The data of a TCG_PCClientTaggedEvent: taggedEventID (u32),
// taggedEventDataSize (u32), the data. Empty where `data` is none.
absl::string_view TaggedData(absl::string_view data) {
  ByteCursor cursor(BytesOf(data));
  return TextOf(cursor.Bytes(8, cursor.U32(4)));
}

// Text in UTF-16, or in UTF-8, each with or without NUL at its end. "" where it
// is neither.
std::string Description(absl::string_view data) {
  // Every text in UTF-16 that has a character below U+0100 has a NUL before
  // its end, but for one of a single character, which reads alike.
  const size_t last = data.find_last_not_of('\0');
  if (last == absl::string_view::npos) return "";
  const absl::string_view text = data.substr(0, last + 1);
  if (text.find('\0') == absl::string_view::npos && IsUtf8(text)) {
    return std::string(text);
  }
  return Utf16ToUtf8(BytesOf(data)).value_or("");
}

}  // namespace

absl::StatusOr<EventLog> ParseEventLog(absl::string_view bytes) {
  return LogParser(bytes).Parse();
}

std::string ReplayPcr(const EventLog& log, PcrBank bank, int pcr) {
  std::string value = InitialPcr(bank);
  if (pcr == 0) value.back() = static_cast<char>(log.startup_locality);
  if (pcr >= 17 && pcr <= 22) value.assign(value.size(), '\xff');
  for (const LoggedEvent& event : log.events) {
    if (int64_t{event.pcr} != pcr || event.type == kNoAction) continue;
    const auto digest = event.digests.find(bank);
    if (digest == event.digests.end()) continue;
    value = ExtendPcr(bank, value, digest->second);
  }
  return value;
}

std::string EventText(const LoggedEvent& event) {
  if (event.type == kIpl || event.type == kEventTag) {
    const std::string text = Description(
        event.type == kEventTag ? TaggedData(event.data) : event.data);
    if (!text.empty()) return text;
  }
  for (const EventType& known : kEventTypes) {
    if (known.type == event.type) return known.name;
  }
  return absl::StrCat("event type 0x", absl::Hex(event.type));
}

}  // namespace extgate
