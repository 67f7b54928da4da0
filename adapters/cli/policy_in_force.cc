// Way in: LoadPolicyInForce.
#include "adapters/cli/policy_in_force.h"

#include <utility>

#include "adapters/cli/print_report.h"
#include "engine/last_seen.h"

namespace extgate {

absl::StatusOr<PolicyInForce> LoadPolicyInForce(
    const GlobalOptions& global, const std::vector<std::string>& policies) {
  auto machine = Machine::Open(global.places, policies);
  if (!machine.ok()) return machine.status();
  const Ports ports = (*machine)->ports();
  PolicyInForce policy{*std::move(machine), FactsAndDate(ports).value,
                       LoadPolicy(ports)};
  if (policy.loaded.invalid) {
    PrintDiagnostics(policy.loaded.diagnostics, ports.policy);
  }
  return policy;
}

}  // namespace extgate
