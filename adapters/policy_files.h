// Policy sources and certificates as files.
#ifndef EXTGATE_ADAPTERS_POLICY_FILES_H_
#define EXTGATE_ADAPTERS_POLICY_FILES_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "adapters/places.h"
#include "engine/ports.h"
#include "policy/running_mode.h"

namespace extgate {

// Writes `mode` where RunningModeText() finds it, or takes it away again where
// that is nullopt. Errors as ErrnoStatus().
absl::Status WriteRunningMode(const Places& places,
                              const std::optional<RunningMode>& mode);

// Thread-compatible. Nothing is cached. Every list is sorted by the bytes of
// names; names that begin with a dot are passed over. Read from below what is
// merged over /usr and /etc: an extension cannot bring policy or trust.
class PolicyFiles : public PolicyPort {
 public:
  // Policy as it is found below the root: vendor, local, cloud-config. `places`
  // must outlive it.
  explicit PolicyFiles(const Places& places) : places_(&places) {}

  // Instead of what is found, exactly `files`: paths of the host, of the
  // highest authority. One that cannot be read is an error. A file is in the
  // spelling that its name ends in (PolicyFileKind); one in YAML counts as
  // cloud-config when its first line is `#cloud-config` or it lies in one of
  // the folders of cloud-configs.
  PolicyFiles(const Places& places, std::vector<std::string> files)
      : places_(&places), files_(std::move(files)) {}

  WithDiagnostics<std::vector<PolicyText>> PolicyTexts() override;
  absl::StatusOr<PolicyText> PolicyAt(const std::string& path,
                                      Authority authority) override;
  absl::StatusOr<std::string> RunningModeText() override;
  bool ReplacesDiscovery() override { return files_.has_value(); }
  WithDiagnostics<std::vector<CertificateFile>> VerityDirectory(
      VerityD which) override;
  WithDiagnostics<std::vector<CertificateFile>> TrustFiles(
      absl::string_view pattern, const SourceSpan& span) override;

 private:
  // A path below the root and below what is merged over it.
  HostPath Below(absl::string_view path) const;

  const Places* places_;
  std::optional<std::vector<std::string>> files_;
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_POLICY_FILES_H_
