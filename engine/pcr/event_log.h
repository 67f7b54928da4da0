// The firmware's log of what it, the boot loader and the stub extended into the
// TPM, as Linux shows it in
// /sys/kernel/security/tpm0/binary_bios_measurements.
#ifndef EXTGATE_ENGINE_PCR_EVENT_LOG_H_
#define EXTGATE_ENGINE_PCR_EVENT_LOG_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/pcr/pcr_bank.h"

namespace extgate {

// One line of the log. It proves nothing by itself: whoever could write the log
// wrote it; what is true of it is what ReplayPcr() and the TPM agree about.
struct LoggedEvent {
  uint32_t pcr = 0;   // may be none of a TPM's, where nothing was extended
  uint32_t type = 0;  // EV_...; EventText() has names
  // Raw. A bank that is not here was not extended.
  std::map<PcrBank, std::string> digests;
  std::string data;     // raw; what it is depends on the type and who wrote it
  uint64_t offset = 0;  // of the event, in bytes of the log
  friend bool operator==(const LoggedEvent&, const LoggedEvent&) = default;
};

struct EventLog {
  std::vector<LoggedEvent> events;  // in their order, without the header
  std::vector<PcrBank> banks;       // that it has digests of; each once, sorted
  // Where TPM2_Startup came from: 0, 3, or 4 for a sequence of H-CRTM. What
  // register 0 starts with.
  uint8_t startup_locality = 0;
  friend bool operator==(const EventLog&, const EventLog&) = default;
};

// Firmwares reserve 64 KiB or a few times that.
inline constexpr size_t kMaxEventLog = size_t{4} * 1024 * 1024;  // bytes
inline constexpr size_t kMaxLoggedEvents = 65536;

// EV_NO_ACTION: says something, and extends nothing.
inline constexpr uint32_t kNoAction = 3;

// Source: TCG PC Client Platform Firmware Profile 1.06, "Event Logging": a
// first TCG_PCClientPCREvent with the header of "Spec ID Event03", then
// TCG_PCR_EVENT2s; without that header they all are TCG_PCClientPCREvents, of
// SHA-1 alone. Digests of algorithms that are no PcrBank are passed over. An
// empty log is one of SHA-1 without events. InvalidArgument, with the offset
// and why: an event or the header does not end inside, algorithms that the
// header does not know or has twice, one of another size than its digests have,
// more than the limits above, a locality that there is not, or two of them.
absl::StatusOr<EventLog> ParseEventLog(absl::string_view bytes);

// What register `pcr` holds in `bank` once all events were extended, raw:
// as many bytes as a digest. Registers 17 to 22 start as ones, which only a
// dynamic launch changes (TCG PC Client Platform TPM Profile, "PCR
// Attributes"). Needs what ExtendPcr() needs.
std::string ReplayPcr(const EventLog& log, PcrBank bank, int pcr);

// What people may read of an event, as UTF-8 that may have control characters.
// EV_IPL and EV_EVENT_TAG: its description, as "System extension initrd"; of
// others, and where it is no text, the name of the type, as "EV_SEPARATOR" or
// "event type 0x1234".
std::string EventText(const LoggedEvent& event);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_PCR_EVENT_LOG_H_
