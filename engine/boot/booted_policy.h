// The policies by which boots came up well, for a boot that a new one would
// fail.
#ifndef EXTGATE_ENGINE_BOOT_BOOTED_POLICY_H_
#define EXTGATE_ENGINE_BOOT_BOOTED_POLICY_H_

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/policy_view.h"
#include "engine/ports.h"

namespace extgate {

// Of so many entries the policy is kept: those of which it was kept last.
inline constexpr int kMostBootedPolicies = 8;

// Keeps what the local sources of `policy` say now, this boot of `entry` (the
// word for it) having come up well. Writes only what is new. Errors of
// StatePort::WriteState.
absl::Status KeepBootedPolicy(absl::string_view entry, PolicyPort& policy,
                              StatePort& state);

// The sources as they were when that entry last came up well; of one that never
// did, as in the good boot of another one that was kept last. Only those of the
// authority `local` are: what stronger ones say holds whatever boots, and where
// the old text was kept others may write, who could have written a local source
// as well. All else is what `now` says.
class BootedPolicyPort : public PolicyView {
 public:
  // NotFound: nothing was kept, or nothing differs from what `now` says. Else
  // what is wrong with what was kept. `now` must outlive it.
  static absl::StatusOr<BootedPolicyPort> Open(absl::string_view entry,
                                               PolicyPort& now,
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
