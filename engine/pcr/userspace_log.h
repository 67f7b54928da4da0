// The log of what was extended into the TPM once the kernel ran: by systemd,
// and by extgate. /run/log/systemd/tpm2-measure.log, which systemd keeps from
// 254 on (systemd-pcrextend(8)).
#ifndef EXTGATE_ENGINE_PCR_USERSPACE_LOG_H_
#define EXTGATE_ENGINE_PCR_USERSPACE_LOG_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/pcr/pcr_bank.h"

namespace extgate {

// One record. It proves nothing by itself: what is true of it is what
// WithUserspace() and the TPM agree about.
struct UserspaceEvent {
  std::optional<int> pcr;  // 0 to 23; nullopt where it went elsewhere
  std::string nvpcr;       // then the name of an NvPCR, or "" of what else
  std::map<PcrBank, std::string> digests;  // raw
  // What was measured, where it is a text, else what it is called; UTF-8 that
  // may have control characters. "" where the record says nothing.
  std::string text;
  friend bool operator==(const UserspaceEvent&,
                         const UserspaceEvent&) = default;
};

inline constexpr size_t kMaxUserspaceLog = size_t{4} * 1024 * 1024;  // bytes
inline constexpr size_t kMaxUserspaceEvents = 16384;

// JSON texts as RFC 7464 has them: each begins with 0x1e and ends with a
// newline, and is an event of the TCG's Canonical Event Log (CEL-JSON) without
// `recnum`. Digests of algorithms that are no PcrBank, and keys that are not
// known, are passed over. InvalidArgument, with the number of the record from 1
// and why: what is no JSON object, a register that there is not, no digests or
// one of another size, a bank twice, more than the limits above, bytes that are
// of no record. A log that ends within a record is such a one: the run that
// wrote it died.
absl::StatusOr<std::vector<UserspaceEvent>> ParseUserspaceLog(
    absl::string_view bytes);

// What `value` of register `pcr`, raw, as the firmware's log has it
// (ReplayPcr()), became by `events`. An event that the bank was not extended
// with changes nothing. Needs what ExtendPcr() needs.
std::string WithUserspace(const std::vector<UserspaceEvent>& events,
                          PcrBank bank, int pcr, std::string value);

// The digest of `text` in each of `banks`: what systemd extends for a text, and
// extgate does. Needs what DigestIn() needs.
std::map<PcrBank, std::string> DigestsOfText(const std::vector<PcrBank>& banks,
                                             absl::string_view text);

// A record as systemd writes one, without an event type: that is of systemd's
// own. `event` has a register, digests, and a text of printable ASCII without
// `"` and `\`. `boot_id` is of 32 hex digits; `time` is CLOCK_BOOTTIME in
// microseconds.
std::string UserspaceRecord(const UserspaceEvent& event,
                            absl::string_view boot_id, uint64_t time);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_PCR_USERSPACE_LOG_H_
