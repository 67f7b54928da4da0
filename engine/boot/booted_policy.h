// The policy of the last boot that came up well, for a boot that a new one
// would fail.
#ifndef EXTGATE_ENGINE_BOOT_BOOTED_POLICY_H_
#define EXTGATE_ENGINE_BOOT_BOOTED_POLICY_H_

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/policy_view.h"
#include "engine/ports.h"

namespace extgate {

// Keeps what the local sources of `policy` say now, this boot having come up
// well. Writes only what is new. Errors of StatePort::WriteState.
absl::Status KeepBootedPolicy(PolicyPort& policy, StatePort& state);

// The sources as they were in that boot. Only those of the authority `local`
// are: what stronger ones say holds whatever boots, and where the old text was
// kept others may write, who could have written a local source as well. All
// else is what `now` says.
class BootedPolicyPort : public PolicyView {
 public:
  // NotFound: nothing was kept, or nothing differs from what `now` says. Else
  // what is wrong with what was kept. `now` must outlive it.
  static absl::StatusOr<BootedPolicyPort> Open(PolicyPort& now,
                                               StatePort& state);

  WithDiagnostics<std::vector<PolicyText>> PolicyTexts() override;
  bool ReplacesDiscovery() override { return false; }

 private:
  BootedPolicyPort(PolicyPort& now, std::vector<PolicyText> stronger,
                   std::vector<PolicyText> booted)
      : PolicyView(now),
        stronger_(std::move(stronger)),
        booted_(std::move(booted)) {}

  std::vector<PolicyText> stronger_;
  std::vector<PolicyText> booted_;
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_BOOT_BOOTED_POLICY_H_
