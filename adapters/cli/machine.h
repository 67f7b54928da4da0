// The real machine: all adapters together, as the ports of one run.
#ifndef EXTGATE_ADAPTERS_CLI_MACHINE_H_
#define EXTGATE_ADAPTERS_CLI_MACHINE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/boot_loader.h"
#include "adapters/cli/verbs.h"
#include "adapters/confined_process.h"
#include "adapters/efi_variables.h"
#include "adapters/host_probe.h"
#include "adapters/image_places.h"
#include "adapters/places.h"
#include "adapters/policy_files.h"
#include "adapters/run_staging.h"
#include "adapters/state_directory.h"
#include "adapters/tpm_measurement.h"
#include "engine/live_ports.h"
#include "engine/ports.h"

namespace extgate {

// Owns the adapters; not movable, since they know each other.
class Machine {
 public:
  // `policies`: files in place of discovery; empty: discovery. Errors: a place
  // that cannot be opened.
  static absl::StatusOr<std::unique_ptr<Machine>> Open(
      const PlaceOptions& options, const std::vector<std::string>& policies);

  Ports ports() {
    return {policy_,      firmware_, host_,         images_,      staging_,
            confinement_, state_,    &boot_loader_, &measurement_};
  }
  StandingPort& standing() { return staging_; }
  const Places& places() const { return places_; }
  // Before this process becomes systemd's tool: RunStaging::PassLockOn().
  void PassLockOn() { staging_.PassLockOn(); }

 private:
  Machine(Places places, const std::vector<std::string>& policies);

  Places places_;
  EfiVariables firmware_;
  HostProbe host_;
  PolicyFiles policy_;
  ImagePlaces images_;
  RunStaging staging_;
  StateDirectory state_;
  BootLoader boot_loader_;
  ConfinedProcess confinement_;
  TpmMeasurement measurement_;
};

// What a verb says on standard error when it could not do its work:
// "extgate: WHAT: WHY". Returns kExitFailed.
int Failed(absl::string_view what, const absl::Status& status);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_CLI_MACHINE_H_
