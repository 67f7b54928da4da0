// The policy that verbs of `measure` ask, and the machine that they ask it on.
#ifndef EXTGATE_ADAPTERS_CLI_POLICY_IN_FORCE_H_
#define EXTGATE_ADAPTERS_CLI_POLICY_IN_FORCE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/cli/machine.h"
#include "engine/policy_loader.h"
#include "engine/ports.h"

namespace extgate {

struct PolicyInForce {
  std::unique_ptr<Machine> machine;
  HostFacts host;
  LoadedPolicy loaded;  // `invalid`: standard error says why
};

// Of `policies`, files in place of discovery. Errors as of Machine::Open.
absl::StatusOr<PolicyInForce> LoadPolicyInForce(
    const GlobalOptions& global, const std::vector<std::string>& policies);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_CLI_POLICY_IN_FORCE_H_
