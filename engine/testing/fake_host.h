// One in-memory host that implements every port, for tests. It behaves as the
// real one does, down to a full disk and to a call that fails: set fail_call to
// N and the N-th call that changes or reads anything answers Unavailable.
#ifndef EXTGATE_ENGINE_TESTING_FAKE_HOST_H_
#define EXTGATE_ENGINE_TESTING_FAKE_HOST_H_

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/live_ports.h"
#include "engine/pcr/measurement_port.h"
#include "engine/ports.h"

namespace extgate {

class FakeHost : public PolicyPort,
                 public FirmwarePort,
                 public HostPort,
                 public ImagePort,
                 public StagingPort,
                 public StandingPort,
                 public ServiceManagerPort,
                 public Confinement,
                 public StatePort,
                 public MeasurementPort {
 public:
  // ---- what the test lays out ----
  std::vector<PolicyText> policy_texts;
  std::map<std::string, std::string> policy_files;  // named ones, by path
  std::vector<CertificateFile> verity_directory;
  std::map<std::string, std::string> trust_files;
  bool replaces_discovery = false;
  std::string running_mode;  // "": none is set
  bool secure_boot = false;
  std::map<std::string, std::string> variables;
  HostFacts facts;
  std::string command_line;
  std::string boot_id = "6a1f8a7e-0000-4000-8000-000000000001";
  Authority command_line_authority = Authority::kLocal;
  // Its own tree, by path without leading `/`; all else is not there.
  std::map<std::string, FileType> own_tree;
  absl::Status own_tree_error;
  // Candidates in order; the bytes of files by path.
  std::vector<Candidate> candidates;
  std::map<std::string, std::string> files;
  // More candidates, by the directory of the policy's `sources` they lie in.
  std::map<std::string, std::vector<Candidate>> candidates_of;
  std::set<std::string> unreadable_files;
  // What lies beside an image file, by that one's path.
  std::map<std::string, std::string> sidecars;
  // Plain directories by path: each call gives their tree anew.
  std::map<std::string, std::function<std::unique_ptr<Filesystem>()>> trees;
  uint64_t free_bytes = std::numeric_limits<uint64_t>::max();
  std::set<ImageClass> packaged_drop_ins;
  bool can_cover = true;
  // What measuring answers, if it is not OK.
  absl::Status measure_error;
  // What writing a state answers, if it is not OK.
  absl::Status state_error;
  // Called with the path each time a file is opened (to swap it meanwhile).
  std::function<void(const std::string& path)> on_open;

  // ---- what a run left behind ----
  std::map<std::string, std::string> copies;  // by address
  // Private copies of plain directories, by address.
  std::map<std::string, std::function<std::unique_ptr<Filesystem>()>>
      tree_copies;
  // The copy of a tree ends like this, if it is not OK.
  absl::Status tree_error;
  std::map<ImageClass, std::vector<SetEntry>> sets;
  std::set<std::string> covered;
  std::vector<OwnedFile> owned_files;
  std::string report;
  std::map<std::string, std::string> state;  // by name
  // What was measured, and how often systemd had merged something by then.
  struct Measured {
    MeasureTarget target;
    std::string text;
    int refreshes = 0;
  };
  std::vector<Measured> measured;

  // ---- systemd, as a live change meets it ----
  std::set<ImageClass> missing_units;
  // What the unit of that class runs before systemd merges; a packaged drop-in
  // runs Apply.
  std::function<absl::Status(ImageClass)> unit_runs;
  // Whether systemd merges a set; where it does not, what was merged stays.
  std::function<absl::Status(const std::vector<SetEntry>&)> on_merge;
  // Versions that end well where they merged nothing: what on_merge says is not
  // told.
  bool merge_ends_well = false;
  std::map<ImageClass, std::set<std::string>> merged;
  std::map<ImageClass, int> refreshes;
  // Drop-ins of ours as systemd last read them.
  std::vector<OwnedFile> files_read;
  // Somebody has the lock; a second run would wait for it in vain.
  bool locked = false;

  // The N-th call from now on fails, counting from 1; 0: none.
  int fail_call = 0;
  int calls = 0;

  // Adds an image file offered at `path`.
  void Offer(const std::string& path, std::string bytes,
             Place place = Place::kOffered,
             ImageClass image_class = ImageClass::kSysext);
  // Adds a policy file that may say anything.
  void AddPolicy(const std::string& text,
                 Authority authority = Authority::kVendor);
  Ports ports() {
    return {*this, *this, *this, *this, *this, *this, *this, nullptr, this};
  }
  LivePorts live_ports() { return {*this, *this}; }

  // ---- the ports ----
  WithDiagnostics<std::vector<PolicyText>> PolicyTexts() override;
  absl::StatusOr<PolicyText> PolicyAt(const std::string& path,
                                      Authority authority) override;
  absl::StatusOr<std::string> RunningModeText() override {
    if (running_mode.empty()) return absl::NotFoundError("no mode is set");
    return running_mode;
  }
  bool ReplacesDiscovery() override { return replaces_discovery; }
  WithDiagnostics<std::vector<CertificateFile>> VerityDirectory(
      VerityD which) override;
  WithDiagnostics<std::vector<CertificateFile>> TrustFiles(
      absl::string_view pattern, const SourceSpan& span) override;
  bool SecureBootEnforced() override { return secure_boot; }
  absl::StatusOr<std::string> Variable(absl::string_view name) override;
  WithDiagnostics<HostFacts> Facts() override { return {facts, {}}; }
  std::string CommandLine() override { return command_line; }
  Authority CommandLineAuthority() override { return command_line_authority; }
  std::string HostName() override { return "node-1"; }
  std::string BootId() override { return boot_id; }
  std::string Now() override { return "2026-11-22T21:00:00Z"; }
  absl::StatusOr<FileType> TypeOf(absl::string_view path) override;
  WithDiagnostics<std::vector<Candidate>> Candidates(
      const HostFacts& host, const std::vector<std::string>& more) override;
  absl::StatusOr<std::unique_ptr<ImageReader>> Open(
      const Candidate& candidate) override;
  absl::StatusOr<std::string> Stamp(const Candidate& candidate) override;
  std::string Sidecar(const Candidate& candidate) override {
    const auto beside = sidecars.find(candidate.path);
    return beside == sidecars.end() ? "" : beside->second;
  }
  absl::StatusOr<std::unique_ptr<Filesystem>> OpenDirectory(
      const Candidate& candidate) override;
  absl::Status Lock() override;
  absl::StatusOr<std::unique_ptr<PrivateFile>> Create(
      uint64_t size_bytes) override;
  absl::Status Commit(PrivateFile& file, absl::string_view address) override;
  absl::StatusOr<std::unique_ptr<ImageReader>> OpenCopy(
      absl::string_view address) override;
  absl::StatusOr<std::string> CopyTree(Filesystem& tree) override;
  absl::StatusOr<std::unique_ptr<Filesystem>> OpenTree(
      absl::string_view address) override;
  absl::Status Publish(ImageClass image_class,
                       const std::vector<SetEntry>& entries) override;
  absl::Status Cover(const std::string& directory) override;
  absl::Status Uncover(const std::string& directory) override;
  absl::Status Prune(const std::set<std::string>& addresses) override;
  absl::Status WriteOwnedFiles(const std::vector<OwnedFile>& files) override;
  bool HasPackagedDropIn(ImageClass image_class) override {
    return packaged_drop_ins.contains(image_class);
  }
  std::string Snapshot() override;
  absl::Status WriteReport(absl::string_view json) override;
  absl::StatusOr<std::string> ReadReport() override;
  absl::StatusOr<std::string> ReadState(absl::string_view name) override;
  absl::Status WriteState(absl::string_view name,
                          absl::string_view bytes) override;
  absl::Status Extend(const MeasureTarget& target,
                      absl::string_view text) override;
  std::unique_ptr<ConfinedRun> Start(ImageReader& image, Work work) override;
  size_t lanes() const override { return 2; }

  absl::StatusOr<StagedState> Standing() override;
  std::set<std::string> Merged(ImageClass image_class) override {
    return merged[image_class];
  }
  void Unlock() override { locked = false; }
  absl::StatusOr<EffectiveUnit> Unit(ImageClass image_class) override;
  absl::Status Reload() override;
  absl::Status Refresh(ImageClass image_class, TimeSpan patience) override;

  // Unavailable when this call is the one that has to fail.
  absl::Status Count(absl::string_view what);
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_TESTING_FAKE_HOST_H_
