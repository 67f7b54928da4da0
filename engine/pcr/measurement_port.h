// Where a decision is measured.
#ifndef EXTGATE_ENGINE_PCR_MEASUREMENT_PORT_H_
#define EXTGATE_ENGINE_PCR_MEASUREMENT_PORT_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "policy/handling.h"

namespace extgate {

// The machine's TPM, and the log of what was extended into it.
class MeasurementPort {
 public:
  virtual ~MeasurementPort() = default;

  // Extends what `target` names by `text`, printable ASCII without `"` and `\`:
  // each bank by its digest of it. The log then has a record of it
  // (userspace_log.h). NotFound: there is no TPM, or no service of systemd's
  // that knows NvPCRs; FailedPrecondition: tpm2-tss is not installed, the TPM
  // has a bank that cannot be extended, or there is no such NvPCR. Nothing was
  // measured then. Unavailable: whatever else; it may have been measured or
  // not. All of it takes 30 s at most, where TPM and log are always busy, and
  // however long the kernel then takes to close the device.
  virtual absl::Status Extend(const MeasureTarget& target,
                              absl::string_view text) = 0;
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_PCR_MEASUREMENT_PORT_H_
