// What is measured into the machine's TPM.
#ifndef EXTGATE_ADAPTERS_TPM_MEASUREMENT_H_
#define EXTGATE_ADAPTERS_TPM_MEASUREMENT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "adapters/places.h"
#include "adapters/tpm.h"
#include "engine/pcr/measurement_port.h"

namespace extgate {

// Registers by tpm2-tss, which is loaded then, at dev/tpmrm0 or dev/tpm0, with
// a record in systemd's log; NvPCRs by systemd's own service (260 and later),
// which keeps that log itself.
class TpmMeasurement : public MeasurementPort {
 public:
  // How long a TPM may take to answer, whoever has the log to let go of it, and
  // systemd's service to do it all.
  explicit TpmMeasurement(const Places& places,
                          absl::Duration patience = kTpmPatience)
      : places_(places), patience_(patience) {}

  absl::Status Extend(const MeasureTarget& target,
                      absl::string_view text) override;

 private:
  absl::Status ExtendRegister(int pcr, absl::string_view text);
  absl::Status ExtendNvPcr(const std::string& name, absl::string_view text);

  const Places& places_;
  const absl::Duration patience_;
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_TPM_MEASUREMENT_H_
