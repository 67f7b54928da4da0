// What a decision was made from, as one digest: a later run whose digest is the
// same would decide the same.
#ifndef EXTGATE_ENGINE_DECISION_INPUTS_H_
#define EXTGATE_ENGINE_DECISION_INPUTS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/policy_loader.h"
#include "engine/ports.h"
#include "policy/facts.h"

namespace extgate {

// The candidates as they are now, one line each, by ImagePort::Stamp; nullopt
// when one of them has no stamp, a plain directory for example.
std::optional<std::string> StampsOf(const std::vector<Candidate>& candidates,
                                    ImagePort& images);

// 64 hex digits over the program's version, the boot, `host` (of its date only
// which rules it ends), the policy with its trust, `stamps`, and `staged`
// (StagingPort::Snapshot), which a run leaves behind and the next one finds.
std::string DigestOfInputs(const std::string& boot_id, const HostFacts& host,
                           const LoadedPolicy& loaded,
                           const std::string& stamps,
                           const std::string& staged);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_DECISION_INPUTS_H_
