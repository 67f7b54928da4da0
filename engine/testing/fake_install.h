// Places for installed images in memory, for tests: a boot partition, whose
// files have no second name, or a store, whose files have.
#ifndef EXTGATE_ENGINE_TESTING_FAKE_INSTALL_H_
#define EXTGATE_ENGINE_TESTING_FAKE_INSTALL_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/install/install_port.h"

namespace extgate {

class FakeInstall : public InstallPort {
 public:
  // ---- what the test lays out ----
  // Directories by the word of the entry, for both classes.
  std::map<std::string, std::vector<std::string>> directories;
  // Content of the kernel image beside which a directory lies, by directory;
  // without one it lies in a store.
  std::map<std::string, std::string> kernel_images;
  InstallVolume volume{0, 1 << 30, 4096, 1 << 30, false};
  absl::Status entries_error;
  absl::Status commit_error;
  absl::Status size_error;
  // Called when a file is there under its name.
  std::function<void(const std::string& path)> on_commit;

  // ---- what a run left behind ----
  std::map<std::string, std::string> files;  // content by path
  int copies = 0;                            // that were begun

  // The paths of all files, sorted.
  std::vector<std::string> Paths() const;

  absl::StatusOr<std::vector<std::string>> Entries() override;
  absl::StatusOr<std::vector<InstallPlace>> PlacesOf(
      const std::string& entry, ImageClass image_class) override;
  absl::StatusOr<std::vector<InstallPlace>> PlacesBeside(
      const std::string& entry) override;
  absl::StatusOr<std::unique_ptr<ImageReader>> KernelImageOf(
      const InstallPlace& place) override;
  absl::StatusOr<std::vector<InstalledFile>> Files(
      const InstallPlace& place) override;
  absl::StatusOr<std::optional<uint64_t>> SizeOf(
      const InstallPlace& place, absl::string_view file_name) override;
  absl::StatusOr<InstallVolume> VolumeOf(const InstallPlace&) override {
    return volume;
  }
  absl::StatusOr<std::unique_ptr<PrivateFile>> Create(
      const InstallPlace& place, uint64_t size_bytes) override;
  absl::Status Commit(std::unique_ptr<PrivateFile> file,
                      const InstallPlace& place,
                      absl::string_view file_name) override;
  absl::Status Share(const InstallPlace& from, const InstallPlace& to,
                     absl::string_view file_name) override;
  absl::Status Remove(const InstallPlace& place,
                      absl::string_view file_name) override;
  std::vector<std::string> TakeRemarks() override { return {}; }
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_TESTING_FAKE_INSTALL_H_
