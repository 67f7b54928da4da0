// Ways in: the members of InstallPlaces.
#include "adapters/install_places.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <limits>
#include <optional>

#include "absl/strings/str_cat.h"
#include "adapters/file_image_reader.h"
#include "adapters/io_status.h"
#include "adapters/kairos_store.h"
#include "adapters/partition_change.h"
#include "adapters/partition_files.h"
#include "adapters/room.h"
#include "adapters/stub_directory.h"
#include "adapters/stub_entries.h"
#include "adapters/writable_mount.h"
#include "policy/entry_map.h"

namespace extgate {
namespace {

constexpr char kRecovery[] = "recovery";
constexpr const char* kKairosEntries[] = {"active", "passive", kRecovery};
// Stays free for what others write there.
constexpr uint64_t kReserveBytes = uint64_t{2} * 1024 * 1024;
constexpr mode_t kModeOfFolders = 0755;

FolderKind KindOf(const RootDir& tree) {
  return IsFat(tree) ? FolderKind::kFat : FolderKind::kOrdinary;
}

bool IsInMemory(const RootDir& tree) {
  struct statfs info;
  const auto directory = tree.OpenAt("/", O_PATH | O_DIRECTORY);
  if (!directory.ok() || fstatfs(directory->get(), &info) != 0) return false;
  return info.f_type == TMPFS_MAGIC || info.f_type == RAMFS_MAGIC ||
         info.f_type == OVERLAYFS_SUPER_MAGIC;
}

const char* FolderOfClass(ImageClass image_class) {
  return image_class == ImageClass::kSysext ? "extensions" : "confexts";
}

// A file on its way, and what it needs: another process is kept out, and the
// file system is writable.
class Underway : public PrivateFile {
 public:
  Underway(UniqueFd lock, WritableMount writable,
           std::unique_ptr<IncompleteImage> file)
      : lock_(std::move(lock)),
        writable_(std::move(writable)),
        file_(std::move(file)) {}

  uint64_t size_bytes() const override { return file_->size_bytes(); }
  absl::Status ReadAt(uint64_t offset, absl::Span<uint8_t> out) override {
    return file_->ReadAt(offset, out);
  }
  absl::Status WriteAt(uint64_t offset,
                       absl::Span<const uint8_t> bytes) override {
    return file_->WriteAt(offset, bytes);
  }
  IncompleteImage& file() { return *file_; }
  // All of it is there: as it was before.
  absl::Status End() {
    file_.reset();
    return writable_.Restore();
  }

 private:
  // They go from the last to the first.
  UniqueFd lock_;
  WritableMount writable_;
  std::unique_ptr<IncompleteImage> file_;
};

}  // namespace

bool InstallPlaces::UsesStore() const {
  if (where_.target.has_value()) return *where_.target == InstallTarget::kStore;
  if (!where_.store.empty()) return true;
  return HasKairosStore(places_);
}

const absl::Status& InstallPlaces::Look() {
  if (!looked_.has_value()) {
    store_ = UsesStore();
    looked_ = store_ ? LookAtStore() : LookAtPartitions();
  }
  return *looked_;
}

absl::Status InstallPlaces::LookAtStore() {
  const bool named = !where_.store.empty();
  auto top =
      named ? RootDir::Open(where_.store) : [&]() -> absl::StatusOr<RootDir> {
    auto fd = places_.root().OpenAt(kKairosDirectory, O_PATH | O_DIRECTORY);
    if (!fd.ok()) return fd.status();
    return RootDir(*std::move(fd));
  }();
  if (!top.ok()) return top.status();
  if (!named && IsThisMachine(places_) && IsInMemory(*top)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "`", kKairosDirectory,
        "` lies in memory here and would be gone with this boot: mount the "
        "persistent partition and name its directory by --store"));
  }
  const FolderKind kind = KindOf(*top);
  for (const char* entry : kKairosEntries) entries_.emplace_back(entry);
  for (ImageClass image_class : {ImageClass::kSysext, ImageClass::kConfext}) {
    const auto folders =
        top->ListDirectory(absl::StrCat("/", FolderOfClass(image_class)));
    if (!folders.ok()) continue;
    for (const DirectoryEntry& folder : *folders) {
      if (folder.type == FileType::kDirectory && folder.name != kEveryEntry) {
        AddEntry(folder.name);
      }
    }
  }
  roots_.push_back(
      {named ? where_.store : kKairosDirectory, *std::move(top), kind});
  const absl::Status status = LookAtPartitions();
  // A machine that GRUB starts has none.
  if (status.ok() || absl::IsNotFound(status)) return absl::OkStatus();
  if (absl::IsInvalidArgument(status)) return status;
  partitions_ = status;
  return absl::OkStatus();
}

absl::Status InstallPlaces::LookAtPartitions() {
  const auto uuid = variables_.LoaderVariable("LoaderDevicePartUUID");
  auto partitions =
      FindBootPartitions(places_, uuid.ok() ? *uuid : "", where_.partitions);
  if (!partitions.ok()) return partitions.status();
  AddPartition(std::move(partitions->esp), BootPartition::kEsp);
  if (partitions->xbootldr.has_value()) {
    AddPartition(*std::move(partitions->xbootldr), BootPartition::kXbootldr);
  }
  if (beside_.empty()) {
    return absl::NotFoundError(
        absl::StrCat("no boot entry below ", QuotePath(roots_.front().path),
                     " starts a unified kernel image, whose stub would hand on "
                     "what lies beside it"));
  }
  return absl::OkStatus();
}

void InstallPlaces::AddEntry(const std::string& word) {
  if (std::find(entries_.begin(), entries_.end(), word) == entries_.end()) {
    entries_.push_back(word);
  }
}

void InstallPlaces::AddPartition(OpenPartition partition, BootPartition which) {
  const FolderKind kind = KindOf(partition.tree);
  roots_.push_back(
      {std::move(partition.path), std::move(partition.tree), kind});
  const Root& root = roots_.back();
  MountedFiles files(root.tree);
  const auto found = FindStubEntries(files, which);
  if (!found.ok()) {
    remarks_.push_back(std::string(found.status().message()));
    return;
  }
  for (const UnreadableEntry& entry : found->unreadable) {
    remarks_.push_back(absl::StrCat("the program of `", entry.id,
                                    "` cannot be read: ", entry.why));
  }
  for (const StubEntry& entry : found->entries) {
    if (entry.word.empty()) continue;
    InstallPlace place;
    place.of_both_classes = true;
    place.root = roots_.size() - 1;
    place.below = StubDirectoriesOf(files, entry.program, variables_).own;
    place.directory = absl::StrCat(root.path, place.below);
    place.program = entry.program;
    AddEntry(entry.word);
    std::vector<InstallPlace>& all = beside_[entry.word];
    if (std::find(all.begin(), all.end(), place) == all.end()) {
      all.push_back(std::move(place));
    }
  }
}

absl::StatusOr<std::vector<std::string>> InstallPlaces::Entries() {
  if (const absl::Status& status = Look(); !status.ok()) return status;
  return entries_;
}

absl::Status InstallPlaces::CheckEntry(const std::string& entry) const {
  const bool known =
      std::find(entries_.begin(), entries_.end(), entry) != entries_.end();
  if (known || (store_ && entry == kEveryEntry)) return absl::OkStatus();
  return absl::NotFoundError(
      absl::StrCat("there is no entry ", QuotePath(entry), " here"));
}

bool InstallPlaces::IsBeside(const std::string& entry) const {
  return beside_.count(entry) > 0 && (!store_ || entry == kRecovery);
}

absl::StatusOr<std::vector<InstallPlace>> InstallPlaces::PlacesOf(
    const std::string& entry, ImageClass image_class) {
  if (const absl::Status& status = Look(); !status.ok()) return status;
  const absl::Status known = CheckEntry(entry);
  if (!known.ok()) return known;
  if (IsBeside(entry)) return beside_.at(entry);
  if (entry == kRecovery && !partitions_.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat("whether its kernel image is a unified one, beside which "
                     "it looks, cannot be told: ",
                     partitions_.message()));
  }
  InstallPlace place;
  place.below = absl::StrCat("/", FolderOfClass(image_class), "/", entry);
  place.directory = absl::StrCat(roots_.front().path, place.below);
  return std::vector<InstallPlace>{std::move(place)};
}

absl::StatusOr<std::vector<InstallPlace>> InstallPlaces::PlacesBeside(
    const std::string& entry) {
  if (const absl::Status& status = Look(); !status.ok()) return status;
  const absl::Status known = CheckEntry(entry);
  if (!known.ok()) return known;
  if (IsBeside(entry)) return beside_.at(entry);
  return absl::FailedPreconditionError(
      "images for it lie in Kairos' store, where the stub measures none: what "
      "its kernel image carries (.pcrsig) is all that can be signed for; "
      "--place esp where no stage of immucore moves them");
}

absl::StatusOr<std::unique_ptr<ImageReader>> InstallPlaces::KernelImageOf(
    const InstallPlace& place) {
  auto file = FileImageReader::Open(roots_.at(place.root).tree, place.program);
  if (!file.ok()) return file.status();
  return std::unique_ptr<ImageReader>(*std::move(file));
}

absl::StatusOr<std::optional<ImageFolder>> InstallPlaces::FolderAt(
    const InstallPlace& place) const {
  const Root& root = roots_.at(place.root);
  auto folder = root.tree.OpenDirectory(place.below);
  if (absl::IsNotFound(folder.status())) return std::nullopt;
  if (!folder.ok()) return folder.status();
  return ImageFolder(*std::move(folder), root.kind);
}

absl::StatusOr<std::vector<InstalledFile>> InstallPlaces::Files(
    const InstallPlace& place) {
  const auto folder = FolderAt(place);
  if (!folder.ok()) return folder.status();
  if (!folder->has_value()) return std::vector<InstalledFile>();
  return (*folder)->Files();
}

absl::StatusOr<std::optional<uint64_t>> InstallPlaces::SizeOf(
    const InstallPlace& place, absl::string_view file_name) {
  const auto folder = FolderAt(place);
  if (!folder.ok()) return folder.status();
  if (!folder->has_value()) return std::nullopt;
  return (*folder)->SizeOf(file_name);
}

absl::StatusOr<InstallVolume> InstallPlaces::VolumeOf(
    const InstallPlace& place) {
  const Root& root = roots_.at(place.root);
  const auto directory = NearestDirectory({&root.tree, place.below});
  if (!directory.ok()) return directory.status();
  struct statfs info;
  struct stat device;
  if (fstatfs(directory->fd(), &info) != 0 ||
      fstat(directory->fd(), &device) != 0) {
    return ErrnoStatus(errno, "cannot look at", directory->path());
  }
  InstallVolume volume;
  volume.id = device.st_dev;
  volume.block_bytes = static_cast<uint64_t>(info.f_bsize);
  const uint64_t free = info.f_bavail * volume.block_bytes;
  volume.free_bytes = free - std::min(free, kReserveBytes);
  const bool fat = root.kind == FolderKind::kFat;
  volume.most_bytes = fat ? kMostOnFat : std::numeric_limits<int64_t>::max();
  volume.shares = !fat;
  return volume;
}

absl::StatusOr<ImageFolder> InstallPlaces::MakeFolder(
    const InstallPlace& place) {
  const Root& root = roots_.at(place.root);
  auto directory = root.tree.MakeDirectories(place.below, kModeOfFolders);
  if (!directory.ok()) return directory.status();
  ImageFolder folder(*std::move(directory), root.kind, after_change_);
  auto repaired = folder.Repair();
  if (!repaired.ok()) return repaired.status();
  for (std::string& remark : *repaired) remarks_.push_back(std::move(remark));
  return folder;
}

absl::Status InstallPlaces::Change(
    const InstallPlace& place,
    const std::function<absl::Status(const ImageFolder& folder)>& change) {
  return ChangePartition(roots_.at(place.root).tree, [&] {
    const auto folder = MakeFolder(place);
    return folder.ok() ? change(*folder) : folder.status();
  });
}

absl::StatusOr<std::unique_ptr<PrivateFile>> InstallPlaces::Create(
    const InstallPlace& place, uint64_t size_bytes) {
  // The folder is made and repaired synchronously, the bytes are not written
  // so: cluster by cluster that takes minutes.
  absl::Status made =
      Change(place, [](const ImageFolder&) { return absl::OkStatus(); });
  if (!made.ok()) return made;
  const Root& root = roots_.at(place.root);
  auto lock = LockPartition(root.tree);
  if (!lock.ok()) return lock.status();
  auto directory = root.tree.OpenDirectory(place.below);
  if (!directory.ok()) return directory.status();
  const bool ordered = root.kind != FolderKind::kFat || CanReserve(*directory);
  auto writable =
      WritableMount::Of(root.tree, ordered ? DirectoryWrites::kOrdinary
                                           : DirectoryWrites::kSynchronous);
  if (!writable.ok()) return writable.status();
  const ImageFolder folder(*std::move(directory), root.kind, after_change_);
  auto file = folder.Create(size_bytes);
  if (!file.ok()) return file.status();
  return std::make_unique<Underway>(*std::move(lock), *std::move(writable),
                                    *std::move(file));
}

absl::Status InstallPlaces::Commit(std::unique_ptr<PrivateFile> file,
                                   const InstallPlace& place,
                                   absl::string_view file_name) {
  Underway& underway = static_cast<Underway&>(*file);
  absl::Status status = underway.file().Finish();
  if (!status.ok()) return status;
  const Root& root = roots_.at(place.root);
  auto directory = root.tree.OpenDirectory(place.below);
  if (!directory.ok()) return directory.status();
  {
    auto writable = WritableMount::Of(root.tree, WritesOf(root.tree));
    if (!writable.ok()) return writable.status();
    const ImageFolder folder(*std::move(directory), root.kind, after_change_);
    status = folder.Commit(underway.file(), std::string(file_name));
  }
  const absl::Status ended = underway.End();
  return status.ok() ? ended : status;
}

absl::Status InstallPlaces::Share(const InstallPlace& from,
                                  const InstallPlace& to,
                                  absl::string_view file_name) {
  const Root& root = roots_.at(from.root);
  const auto directory = root.tree.OpenDirectory(from.below);
  if (!directory.ok()) return directory.status();
  return Change(to, [&](const ImageFolder& folder) {
    return folder.Share(*directory, std::string(file_name));
  });
}

absl::Status InstallPlaces::Remove(const InstallPlace& place,
                                   absl::string_view file_name) {
  return Change(place, [&](const ImageFolder& folder) {
    return folder.Remove(std::string(file_name));
  });
}

std::vector<std::string> InstallPlaces::TakeRemarks() {
  std::vector<std::string> remarks = std::exchange(remarks_, {});
  // The same file is found at each step.
  std::sort(remarks.begin(), remarks.end());
  remarks.erase(std::unique(remarks.begin(), remarks.end()), remarks.end());
  return remarks;
}

}  // namespace extgate
