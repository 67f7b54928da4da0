// systemd's log of measurements: what is read of it is of its shape, and one
// more record changes only what is behind it.
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/crypto/libcrypto.h"
#include "engine/pcr/measured_decision.h"
#include "engine/pcr/pcr_bank.h"
#include "engine/pcr/userspace_log.h"
#include "fuzz/fuzz.h"
#include "policy/printable.h"

namespace extgate {
namespace {

void CheckEvent(const UserspaceEvent& event) {
  Require(!event.pcr.has_value() || (*event.pcr >= 0 && *event.pcr < kPcrCount),
          "a register is one of a TPM's");
  Require(event.pcr.has_value() <= event.nvpcr.empty(),
          "what is in a register is in no NvPCR");
  Require(IsUtf8(event.text) && IsUtf8(event.nvpcr), "texts are UTF-8");
  for (const auto& [bank, digest] : event.digests) {
    Require(digest.size() == DigestSize(bank), "a digest is of its bank");
  }
  const auto decision = ParseMeasuredText(event.text);
  Require(!decision.has_value() || MeasuredText(*decision) == event.text,
          "a decision is written as it was read");
}

void Check(absl::string_view bytes) {
  const auto events = ParseUserspaceLog(bytes);
  Require(events.ok() || absl::IsInvalidArgument(events.status()),
          "a log is read or InvalidArgument");
  const auto again = ParseUserspaceLog(bytes);
  Require(events.ok() == again.ok() && (!again.ok() || *events == *again),
          "read alike twice");
  UserspaceEvent one;
  one.pcr = 14;
  one.text = "more";
  one.digests = DigestsOfText({PcrBank::kSha256}, one.text);
  const auto more = ParseUserspaceLog(absl::StrCat(
      bytes, UserspaceRecord(one, std::string(32, '0'), bytes.size())));
  if (!events.ok()) return;
  for (const UserspaceEvent& event : *events) CheckEvent(event);
  if (!more.ok()) {
    Require(events->size() == kMaxUserspaceEvents ||
                bytes.size() + 512 > kMaxUserspaceLog,
            "one more record can be read");
    return;
  }
  Require(more->size() == events->size() + 1 && more->back() == one,
          "the last record is the last event");
  const auto value = [](const std::vector<UserspaceEvent>& of) {
    return WithUserspace(of, PcrBank::kSha256, 14,
                         InitialPcr(PcrBank::kSha256));
  };
  Require(value(*more) == ExtendPcr(PcrBank::kSha256, value(*events),
                                    one.digests.at(PcrBank::kSha256)),
          "it extends what was before it");
}

}  // namespace
}  // namespace extgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  extgate::Require(extgate::LoadLibcrypto().ok(), "there is a libcrypto");
  extgate::FuzzInput input(data, size);
  extgate::Check(input.RestText());
  return 0;
}
