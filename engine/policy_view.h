// The machine's policy, seen with something changed.
#ifndef EXTGATE_ENGINE_POLICY_VIEW_H_
#define EXTGATE_ENGINE_POLICY_VIEW_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/ports.h"

namespace extgate {

// Asks another port whatever it is asked, with the errors of that one; a class
// below it changes what it wants to. That port must outlive it.
class PolicyView : public PolicyPort {
 public:
  explicit PolicyView(PolicyPort& policy) : policy_(&policy) {}

  WithDiagnostics<std::vector<PolicyText>> PolicyTexts() override {
    return policy_->PolicyTexts();
  }
  absl::StatusOr<PolicyText> PolicyAt(const std::string& path,
                                      Authority authority) override {
    return policy_->PolicyAt(path, authority);
  }
  absl::StatusOr<std::string> RunningModeText() override {
    return policy_->RunningModeText();
  }
  bool ReplacesDiscovery() override { return policy_->ReplacesDiscovery(); }
  WithDiagnostics<std::vector<CertificateFile>> VerityDirectory(
      VerityD which) override {
    return policy_->VerityDirectory(which);
  }
  WithDiagnostics<std::vector<CertificateFile>> TrustFiles(
      absl::string_view pattern, const SourceSpan& span) override {
    return policy_->TrustFiles(pattern, span);
  }

 private:
  PolicyPort* policy_;
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_POLICY_VIEW_H_
