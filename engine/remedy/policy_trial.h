// The policy of this machine as it would be with other texts: everything that
// makes a policy, read once, and put together anew for each trial.
#ifndef EXTGATE_ENGINE_REMEDY_POLICY_TRIAL_H_
#define EXTGATE_ENGINE_REMEDY_POLICY_TRIAL_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/policy_loader.h"
#include "engine/ports.h"
#include "engine/remedy/edit.h"

namespace extgate {

// Where text would be added to the policy.
struct NewSource {
  std::string path;
  Authority authority = Authority::kLocal;
  std::string text;  // a policy file, as CanonicalText prints it; "": none
};

// What makes the policy, as it was found at first; asks the ports only for what
// was not asked before. Not thread-safe; the ports must outlive it. Once Load()
// was called, Trial() asks for nothing.
class PolicyTrial : private PolicyPort, private FirmwarePort, private HostPort {
 public:
  explicit PolicyTrial(const Ports& ports);

  // The policy in force.
  const LoadedPolicy& Load();

  // The policy with the changes of rules among `edits`, and with `added`: its
  // text, read as policy, in the order in which it would be found at its path
  // and with its authority. What is printed there is what is tried. Good until
  // the next trial.
  const LoadedPolicy& Trial(const std::vector<Edit>& edits,
                            const NewSource& added);

  // Bytes of text that trials have read so far: what they cost.
  uint64_t bytes_read() const { return bytes_read_; }

  // The sources that could be read, in order.
  const std::vector<PolicySource>& sources() const { return sources_; }

 private:
  WithDiagnostics<std::vector<PolicyText>> PolicyTexts() override;
  absl::StatusOr<PolicyText> PolicyAt(const std::string& path,
                                      Authority authority) override {
    return ports_.policy.PolicyAt(path, authority);
  }
  absl::StatusOr<std::string> RunningModeText() override {
    return running_mode_;
  }
  bool ReplacesDiscovery() override;
  WithDiagnostics<std::vector<CertificateFile>> VerityDirectory(
      VerityD which) override;
  WithDiagnostics<std::vector<CertificateFile>> TrustFiles(
      absl::string_view pattern, const SourceSpan& span) override;
  bool SecureBootEnforced() override;
  absl::StatusOr<std::string> Variable(absl::string_view name) override;
  WithDiagnostics<HostFacts> Facts() override { return ports_.host.Facts(); }
  std::string CommandLine() override { return command_line_; }
  Authority CommandLineAuthority() override { return command_line_authority_; }
  std::string HostName() override { return ports_.host.HostName(); }
  std::string BootId() override { return boot_id_; }
  std::string Now() override { return ports_.host.Now(); }
  absl::StatusOr<FileType> TypeOf(absl::string_view path) override {
    return ports_.host.TypeOf(path);
  }

  LoadedPolicy LoadTexts(std::vector<PolicyText> texts);
  // The texts as changed; nullopt where nothing is.
  std::optional<std::vector<PolicyText>> Changed(const std::vector<Edit>& edits,
                                                 const NewSource& added) const;

  using Certificates = WithDiagnostics<std::vector<CertificateFile>>;

  Ports ports_;
  WithDiagnostics<std::vector<PolicyText>> texts_;
  std::vector<PolicySource> sources_;
  std::vector<PolicyText> tried_;  // what LoadPolicy is to find
  std::optional<LoadedPolicy> in_force_;
  std::optional<LoadedPolicy> on_trial_;
  uint64_t bytes_read_ = 0;
  const bool replaces_discovery_;
  // What counts now, without its end.
  absl::StatusOr<std::string> running_mode_;
  const std::string boot_id_;
  const std::string command_line_;
  const Authority command_line_authority_;
  std::optional<bool> secure_boot_;
  std::map<VerityD, Certificates> verity_directories_;
  std::map<std::string, Certificates> trust_files_;
  std::map<std::string, absl::StatusOr<std::string>> variables_;
};

// Where an administrator (kLocal) or the maker of the system (any other) would
// write about an image called `name`: a file that is not among `sources`.
std::string PathForNew(const std::vector<PolicySource>& sources,
                       Authority authority, absl::string_view name);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_REMEDY_POLICY_TRIAL_H_
