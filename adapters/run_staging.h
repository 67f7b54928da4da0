// Private copies, sets and owned files below /run.
#ifndef EXTGATE_ADAPTERS_RUN_STAGING_H_
#define EXTGATE_ADAPTERS_RUN_STAGING_H_

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "adapters/directory.h"
#include "adapters/places.h"
#include "adapters/unique_fd.h"
#include "engine/live_ports.h"
#include "engine/ports.h"

namespace extgate {

// /run/extgate (mode 0700) with images/ADDRESS.raw, trees/ADDRESS, foreign/,
// sets/, lock and report.json. Not thread-safe. Nothing is made before the
// first call that writes. Errors not named by the port are those of
// ErrnoStatus().
class RunStaging : public StagingPort, public StandingPort {
 public:
  // `places` must outlive it.
  explicit RunStaging(const Places& places,
                      absl::Duration patience = absl::Minutes(10))
      : places_(&places), patience_(patience) {}

  absl::Status Lock() override;
  // The program that this process becomes by execve(2) holds the lock too,
  // until it ends: no other run changes the set while systemd merges it.
  void PassLockOn();
  absl::StatusOr<std::unique_ptr<PrivateFile>> Create(
      uint64_t size_bytes) override;
  // InvalidArgument when `file` is not of Create(), or for a bad address.
  absl::Status Commit(PrivateFile& file, absl::string_view address) override;
  // InvalidArgument when `tree` is no DirectoryTree.
  absl::StatusOr<std::string> CopyTree(Filesystem& tree) override;
  absl::StatusOr<std::unique_ptr<Filesystem>> OpenTree(
      absl::string_view address) override;
  absl::StatusOr<std::unique_ptr<ImageReader>> OpenCopy(
      absl::string_view address) override;
  absl::Status Publish(ImageClass image_class,
                       const std::vector<SetEntry>& entries) override;
  absl::Status Cover(const std::string& directory) override;
  absl::Status Uncover(const std::string& directory) override;
  absl::Status Prune(const std::set<std::string>& addresses) override;
  absl::Status WriteOwnedFiles(const std::vector<OwnedFile>& files) override;
  bool HasPackagedDropIn(ImageClass image_class) override;
  std::string Snapshot() override;
  absl::Status WriteReport(absl::string_view json) override;
  absl::StatusOr<std::string> ReadReport() override;
  absl::StatusOr<StagedState> Standing() override;
  std::set<std::string> Merged(ImageClass image_class) override;
  void Unlock() override { lock_ = UniqueFd(); }

 private:
  // Makes and opens /run and /run/extgate, once.
  absl::Status Prepare();
  // /run/extgate/images.
  absl::StatusOr<Directory> Images();
  // /run/extgate/trees.
  absl::StatusOr<Directory> Trees();

  const Places* places_;
  absl::Duration patience_;
  std::optional<Directory> run_;
  std::optional<Directory> own_;
  UniqueFd lock_;
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_RUN_STAGING_H_
