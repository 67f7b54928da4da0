// A log of the firmware's: what is read of it is in it, in order; written anew
// it says the same; what extends nothing changes no register.
#include <algorithm>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/crypto/libcrypto.h"
#include "engine/pcr/event_log.h"
#include "engine/pcr/pcr_bank.h"
#include "fuzz/fuzz.h"
#include "policy/printable.h"

namespace extgate {
namespace {

constexpr size_t kMaxReplayed = 256;  // events: a replay hashes each

std::string Number(uint64_t value, size_t width) {
  std::string bytes;
  for (size_t i = 0; i < width; ++i) {
    bytes += static_cast<char>(value >> (8 * i) & 0xff);
  }
  return bytes;
}

// With a header that has an algorithm more, of no digest.
std::string Written(const EventLog& log) {
  std::string header("Spec ID Event03\0\0\0\0\0\0\2\0\2", 24);
  header += Number(log.banks.size() + 1, 4) + Number(0x12, 2) + Number(32, 2);
  for (const PcrBank bank : log.banks) {
    header += Number(TpmAlgorithm(bank), 2) + Number(DigestSize(bank), 2);
  }
  std::string bytes = Number(0, 4) + Number(kNoAction, 4) +
                      std::string(20, '\0') + Number(header.size(), 4) + header;
  for (const LoggedEvent& event : log.events) {
    bytes += Number(event.pcr, 4) + Number(event.type, 4) +
             Number(event.digests.size(), 4);
    for (const auto& [bank, digest] : event.digests) {
      bytes += Number(TpmAlgorithm(bank), 2) + digest;
    }
    bytes += Number(event.data.size(), 4) + event.data;
  }
  return bytes;
}

void CheckEvents(absl::string_view bytes, const EventLog& log) {
  uint64_t end = 0;
  for (const LoggedEvent& event : log.events) {
    Require(event.offset >= end && event.offset < bytes.size(),
            "an event lies behind the one before");
    Require(event.data.size() < bytes.size() - event.offset,
            "its data lies in the log");
    end = event.offset + event.data.size();
    for (const auto& [bank, digest] : event.digests) {
      Require(digest.size() == DigestSize(bank) &&
                  std::count(log.banks.begin(), log.banks.end(), bank) == 1,
              "a digest is of a bank");
    }
    const std::string text = EventText(event);
    Require(!text.empty() && IsUtf8(text), "an event has a text");
  }
}

void CheckReplay(const EventLog& log) {
  EventLog extending = log;
  std::erase_if(extending.events, [](const LoggedEvent& event) {
    return event.type == kNoAction;
  });
  if (extending.events.empty() || extending.events.size() > kMaxReplayed) {
    return;
  }
  const int pcr = static_cast<int>(extending.events.front().pcr % kPcrCount);
  for (const PcrBank bank : log.banks) {
    const std::string value = ReplayPcr(log, bank, pcr);
    Require(value.size() == DigestSize(bank), "a register is a digest long");
    Require(value == ReplayPcr(extending, bank, pcr),
            "what only says something extends nothing");
  }
}

void Check(absl::string_view bytes) {
  const auto log = ParseEventLog(bytes);
  Require(log.ok() || absl::IsInvalidArgument(log.status()),
          "a log is read or InvalidArgument");
  const auto again = ParseEventLog(bytes);
  Require(log.ok() == again.ok() && (!again.ok() || *log == *again),
          "read alike twice");
  if (!log.ok()) return;
  Require(std::is_sorted(log->banks.begin(), log->banks.end()),
          "banks are in their order");
  CheckEvents(bytes, *log);
  CheckReplay(*log);
  auto anew = ParseEventLog(Written(*log));
  Require(anew.ok() && anew->events.size() == log->events.size(),
          "written anew it is read");
  for (size_t i = 0; i < anew->events.size(); ++i) {
    anew->events[i].offset = log->events[i].offset;
  }
  Require(*anew == *log, "written anew it is read alike");
}

}  // namespace
}  // namespace extgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  extgate::Require(extgate::LoadLibcrypto().ok(), "there is a libcrypto");
  extgate::FuzzInput input(data, size);
  extgate::Check(input.RestText());
  return 0;
}
