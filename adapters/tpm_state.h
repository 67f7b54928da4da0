// What the machine's TPM holds and what the firmware logged, as the kernel
// shows both in files: without any library, and without a command to the TPM
// that somebody else might be waiting for.
#ifndef EXTGATE_ADAPTERS_TPM_STATE_H_
#define EXTGATE_ADAPTERS_TPM_STATE_H_

#include <string>

#include "absl/status/statusor.h"
#include "adapters/places.h"
#include "engine/pcr/event_log.h"
#include "engine/pcr/pcr_bank.h"

namespace extgate {

// Register `pcr`, raw. NotFound: there is no TPM, or that bank is off;
// Unavailable: it cannot be read, or is no value of that bank. Source: Linux,
// Documentation/ABI/stable/sysfs-class-tpm, `pcr-ALGORITHM/N`.
absl::StatusOr<std::string> ReadRegister(const Places& places, PcrBank bank,
                                         int pcr);

// The log of this boot's firmware (securityfs, binary_bios_measurements).
// NotFound: there is none; PermissionDenied; Unavailable: it cannot be read;
// InvalidArgument as of ParseEventLog.
absl::StatusOr<EventLog> ReadFirmwareLog(const Places& places);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_TPM_STATE_H_
