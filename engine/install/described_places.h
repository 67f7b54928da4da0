// Places for images as somebody describes them: for a plan of an installation
// that nobody carries out here.
#ifndef EXTGATE_ENGINE_INSTALL_DESCRIBED_PLACES_H_
#define EXTGATE_ENGINE_INSTALL_DESCRIBED_PLACES_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/install/install_port.h"

namespace extgate {

// There is room for everything, as far as one file may be that long on FAT; an
// image of either class lies in the one directory of its place. What would
// change a place, or ask for its kernel image, is FailedPrecondition.
// Thread-compatible.
class DescribedPlaces : public InstallPort {
 public:
  // Another place of the entry with that word: `directory`, for people, in
  // which `files` lie.
  void Add(const std::string& entry, std::string directory,
           std::vector<InstalledFile> files);

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
  absl::StatusOr<InstallVolume> VolumeOf(const InstallPlace& place) override;
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

 private:
  struct Described {
    std::string entry;
    std::string directory;
    std::vector<InstalledFile> files;
  };

  std::vector<Described> all_;  // InstallPlace::root is the index
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_INSTALL_DESCRIBED_PLACES_H_
