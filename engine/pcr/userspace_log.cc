// Ways in: ParseUserspaceLog, WithUserspace, DigestsOfText, UserspaceRecord.
#include "engine/pcr/userspace_log.h"

#include <google/protobuf/struct.pb.h>

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/message_json.h"
#include "engine/pcr/json_object.h"

namespace extgate {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

constexpr char kBegin = '\x1e';  // of a record, RFC 7464

absl::Status BadRecord(size_t number, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("record ", number, ": ", why));
}

// Why there is no event; "" where there is one, in `event`.
std::string ReadPcr(const Struct& record, UserspaceEvent& event) {
  const Value* const pcr = Field(record, "pcr");
  if (pcr == nullptr) return "";
  event.pcr = PcrOf(*pcr);
  return event.pcr.has_value() ? "" : "`pcr` is no register from 0 to 23";
}

std::string ReadDigest(const Value& value, UserspaceEvent& event) {
  const Struct& object = value.struct_value();  // empty where it is none
  const std::string algorithm = TextField(object, "hashAlg");
  if (algorithm.empty()) return "a digest has no `hashAlg`";
  for (const auto& [bank, word] : Words<PcrBank>::kTable) {
    if (algorithm != word) continue;
    std::string digest = HexField(object, "digest", DigestSize(bank));
    if (digest.empty()) {
      return absl::StrCat("it has a digest that is none of ", word);
    }
    if (!event.digests.emplace(bank, std::move(digest)).second) {
      return absl::StrCat("it has two digests of ", word);
    }
  }
  return "";
}

std::string ReadRecord(const Struct& record, UserspaceEvent& event) {
  if (std::string why = ReadPcr(record, event); !why.empty()) return why;
  const Value* const digests = Field(record, "digests");
  if (digests == nullptr || !digests->has_list_value()) {
    return "it has no list `digests`";
  }
  for (const Value& digest : digests->list_value().values()) {
    if (std::string why = ReadDigest(digest, event); !why.empty()) return why;
  }
  // What it holds is up to who wrote it (`content_type`).
  if (const Value* const content = Field(record, "content")) {
    event.text = TextField(content->struct_value(), "string");
    if (!event.pcr.has_value()) {
      event.nvpcr = TextField(content->struct_value(), "nvIndexName");
    }
  }
  return "";
}

}  // namespace

absl::StatusOr<std::vector<UserspaceEvent>> ParseUserspaceLog(
    absl::string_view bytes) {
  if (bytes.size() > kMaxUserspaceLog) {
    return absl::InvalidArgumentError(
        absl::StrCat("no log of measurements has ", bytes.size(), " bytes"));
  }
  std::vector<UserspaceEvent> events;
  while (!bytes.empty()) {
    const size_t number = events.size() + 1;
    if (bytes.front() != kBegin) {
      return BadRecord(number, "it does not begin with 0x1e");
    }
    bytes.remove_prefix(1);
    const size_t end = std::min(bytes.find(kBegin), bytes.size());
    const absl::string_view json = bytes.substr(0, end);
    bytes.remove_prefix(end);
    if (!absl::EndsWith(json, "\n")) {
      return BadRecord(number, "it does not end with a newline");
    }
    if (number > kMaxUserspaceEvents) {
      return BadRecord(number, "there are more than can be");
    }
    Struct record;
    const absl::Status parsed = ParseMessage(json, "a JSON object", record);
    if (!parsed.ok()) return BadRecord(number, parsed.message());
    UserspaceEvent event;
    if (const std::string why = ReadRecord(record, event); !why.empty()) {
      return BadRecord(number, why);
    }
    events.push_back(std::move(event));
  }
  return events;
}

std::string WithUserspace(const std::vector<UserspaceEvent>& events,
                          PcrBank bank, int pcr, std::string value) {
  for (const UserspaceEvent& event : events) {
    const auto digest = event.digests.find(bank);
    if (event.pcr != pcr || digest == event.digests.end()) continue;
    value = ExtendPcr(bank, value, digest->second);
  }
  return value;
}

std::map<PcrBank, std::string> DigestsOfText(const std::vector<PcrBank>& banks,
                                             absl::string_view text) {
  std::map<PcrBank, std::string> digests;
  for (const PcrBank bank : banks) digests[bank] = DigestIn(bank, text);
  return digests;
}

std::string UserspaceRecord(const UserspaceEvent& event,
                            absl::string_view boot_id, uint64_t time) {
  std::string digests;
  for (const auto& [bank, digest] : event.digests) {
    absl::StrAppend(&digests, digests.empty() ? "" : ",", "{\"hashAlg\":\"",
                    ToWord(bank), "\",\"digest\":\"",
                    absl::BytesToHexString(digest), "\"}");
  }
  return absl::StrCat(std::string(1, kBegin),
                      "{\"pcr\":", event.pcr.value_or(0), ",\"digests\":[",
                      digests,
                      "],\"content_type\":\"systemd\",\"content\":{\"string\":"
                      "\"",
                      event.text, "\",\"bootId\":\"", boot_id,
                      "\",\"timestamp\":", time, "}}\n");
}

}  // namespace extgate
