// Where images are installed on this machine: beside the kernel image of each
// boot entry, or in Kairos' store.
#ifndef EXTGATE_ADAPTERS_INSTALL_PLACES_H_
#define EXTGATE_ADAPTERS_INSTALL_PLACES_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "adapters/boot_partition.h"
#include "adapters/efi_variables.h"
#include "adapters/image_folder.h"
#include "adapters/install_where.h"
#include "adapters/places.h"
#include "adapters/root_dir.h"
#include "engine/boot/boot_entry.h"
#include "engine/install/install_port.h"

namespace extgate {

// Looks when it is first asked, once. Thread-compatible.
//
// Kairos from 3.4 on moves what it finds beside its kernel images into its
// store at each boot, so the store is what counts there: on a system whose
// KAIROS_VERSION (os-release(5), kairos-release) is not below 3.4, or that has
// a store. Its entries are active, passive, recovery, those of the boot loader,
// and the folders that are there; one directory `common` is for all. Recovery
// does not mount the store, and nothing is moved from beside its kernel image:
// so that is its place where there is one.
// Elsewhere an entry has places where its program is a unified kernel image,
// whose stub hands on what lies beside it.
class InstallPlaces : public InstallPort {
 public:
  // `places` must outlive it. `after_change` as of ImageFolder.
  InstallPlaces(
      const Places& places, InstallWhere where,
      std::function<void()> after_change = [] {})
      : places_(places),
        variables_(places),
        where_(std::move(where)),
        after_change_(std::move(after_change)) {}

  // FailedPrecondition besides what the port says: the store lies in memory
  // here, and would be gone with this boot; InvalidArgument: a directory of
  // `where` is none.
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
  std::vector<std::string> TakeRemarks() override;

 private:
  // One file system, or the part of it below a directory.
  struct Root {
    std::string path;  // for people, and below the root
    RootDir tree;
    FolderKind kind = FolderKind::kOrdinary;
  };

  const absl::Status& Look();
  absl::Status LookAtStore();
  absl::Status LookAtPartitions();
  bool UsesStore() const;
  absl::Status CheckEntry(const std::string& entry) const;
  // Whether a boot of `entry` finds what lies beside its kernel images.
  bool IsBeside(const std::string& entry) const;
  absl::StatusOr<std::optional<ImageFolder>> FolderAt(
      const InstallPlace& place) const;
  void AddEntry(const std::string& word);
  void AddPartition(OpenPartition partition, BootPartition which);
  absl::Status Change(
      const InstallPlace& place,
      const std::function<absl::Status(const ImageFolder& folder)>& change);
  absl::StatusOr<ImageFolder> MakeFolder(const InstallPlace& place);

  const Places& places_;
  EfiVariables variables_;
  const InstallWhere where_;
  const std::function<void()> after_change_;
  std::optional<absl::Status> looked_;
  bool store_ = false;
  absl::Status partitions_ = absl::OkStatus();  // why they are not known
  std::vector<Root> roots_;
  std::vector<std::string> entries_;
  // Of partitions: the directories by the word of the entry.
  std::map<std::string, std::vector<InstallPlace>> beside_;
  std::vector<std::string> remarks_;
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_INSTALL_PLACES_H_
