// extgate check: decides about the images named, without acting.
#include <optional>
#include <utility>

#include "adapters/cli/machine.h"
#include "adapters/cli/print_report.h"
#include "adapters/cli/verbs.h"
#include "adapters/given_images.h"
#include "engine/crypto/libcrypto.h"
#include "engine/last_seen.h"
#include "engine/pipeline.h"

namespace extgate {

int CheckVerb(const GlobalOptions& global, const CheckOptions& options) {
  auto machine = Machine::Open(global.places, options.policies);
  if (!machine.ok()) return Failed("check", machine.status());
  const Ports ports = (*machine)->ports();
  // The images are looked at while host and policy are read.
  GivenImages images(options.images);
  Looks looks(images.Candidates({}, {}).value, images, ports.confinement);
  std::optional<LibcryptoAhead> ahead(std::in_place);
  HostFacts host = FactsAndDate(ports).value;
  if (!options.entry.empty()) host.entry = options.entry;
  const LoadedPolicy loaded = LoadPolicy(ports);
  ahead.reset();
  if (loaded.invalid) {
    PrintDiagnostics(loaded.diagnostics, ports.policy);
    return kExitUsage;
  }
  const Report report = Check(ports, host, loaded, looks,
                              options.as_mode.value_or(loaded.policy.mode));
  PrintReport(global, report);
  return report.outcome == Outcome::kOk ? kExitDone : kExitViolation;
}

}  // namespace extgate
