// The policy of the last boot that came up well, for a boot that a new one
// would fail.
#ifndef EXTGATE_ENGINE_BOOT_BOOTED_POLICY_H_
#define EXTGATE_ENGINE_BOOT_BOOTED_POLICY_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/ports.h"

namespace extgate {

// Keeps what the local sources of `policy` say now, this boot having come up
// well. Writes only what is new. Errors of StatePort::WriteState.
absl::Status KeepBootedPolicy(PolicyPort& policy, StatePort& state);

// The sources as they were in that boot. Only those of the authority `local`
// are: what stronger ones say holds whatever boots, and where the old text was
// kept others may write, who could have written a local source as well. All
// else is what `now` says.
class BootedPolicyPort : public PolicyPort {
 public:
  // NotFound: nothing was kept, or nothing differs from what `now` says. Else
  // what is wrong with what was kept. `now` must outlive it.
  static absl::StatusOr<BootedPolicyPort> Open(PolicyPort& now,
                                               StatePort& state);

  WithDiagnostics<std::vector<PolicyText>> PolicyTexts() override;
  absl::StatusOr<PolicyText> PolicyAt(const std::string& path,
                                      Authority authority) override {
    return now_->PolicyAt(path, authority);
  }
  absl::StatusOr<std::string> RunningModeText() override {
    return now_->RunningModeText();
  }
  bool ReplacesDiscovery() override { return false; }
  WithDiagnostics<std::vector<CertificateFile>> VerityDirectory(
      VerityD which) override {
    return now_->VerityDirectory(which);
  }
  WithDiagnostics<std::vector<CertificateFile>> TrustFiles(
      absl::string_view pattern, const SourceSpan& span) override {
    return now_->TrustFiles(pattern, span);
  }

 private:
  BootedPolicyPort(PolicyPort& now, std::vector<PolicyText> stronger,
                   std::vector<PolicyText> booted)
      : now_(&now),
        stronger_(std::move(stronger)),
        booted_(std::move(booted)) {}

  PolicyPort* now_;
  std::vector<PolicyText> stronger_;
  std::vector<PolicyText> booted_;
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_BOOT_BOOTED_POLICY_H_
