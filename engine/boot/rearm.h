// Counting an entry again that is another one than the one that came up well.
#ifndef EXTGATE_ENGINE_BOOT_REARM_H_
#define EXTGATE_ENGINE_BOOT_REARM_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/pipeline.h"
#include "engine/ports.h"
#include "engine/report.h"

namespace extgate {

// The tries that a changed entry gets, as systemd and Kairos give a new one.
inline constexpr uint32_t kTriesOfAChangedEntry = 3;

// Keeps what the entry of `report` was made of, for it came up well. Writes
// only what is new. Errors of StatePort::WriteState.
absl::Status KeepGoodGeneration(const Report& report, StatePort& state);

// Gives kTriesOfAChangedEntry to each entry that the policy may fail, is not
// counted (any more), and would be booted with another policy or other images
// than when it last came up well; it is forgiven what it was failed for.
// Entries of which nothing is known stay as they are. The ids of those that are
// counted again. `context.host` is this boot's, `policy_sha256` that of
// context.policy. Errors of BootPort::Assessment, and the first of those of
// BootPort::SetTries, after all entries were tried; NotFound without a boot
// loader.
absl::StatusOr<std::vector<std::string>> RearmChangedEntries(
    const Ports& ports, const DecisionContext& context,
    const std::string& policy_sha256);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_BOOT_REARM_H_
