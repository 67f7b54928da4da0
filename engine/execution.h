// What a plan does to the machine.
#ifndef EXTGATE_ENGINE_EXECUTION_H_
#define EXTGATE_ENGINE_EXECUTION_H_

#include "absl/status/status.h"
#include "engine/pipeline.h"
#include "engine/planner.h"
#include "engine/policy_loader.h"
#include "engine/ports.h"
#include "policy/facts.h"

namespace extgate {

// Does what `plan` says, made for `host` by the policy `loaded`: covers, files
// for systemd, the sets of both classes, covers that are not needed any more,
// copies that are not. A cover is the first change and its end the last: a run
// that dies between leaves less merged, never more. A cover that fails is a
// `bypass` among plan.violations. Errors of StagingPort: what was done until
// then stays.
absl::Status ExecutePlan(const Ports& ports, const ApplyOptions& options,
                         const LoadedPolicy& loaded, const HostFacts& host,
                         Plan& plan);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_EXECUTION_H_
