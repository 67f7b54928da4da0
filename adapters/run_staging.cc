// Ways in: the members of StagingPort and StandingPort, each a small step on
// the directories that Prepare() opens.
#include "adapters/run_staging.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "adapters/cover.h"
#include "adapters/directory_tree.h"
#include "adapters/file_image_reader.h"
#include "adapters/file_lock.h"
#include "adapters/file_stamp.h"
#include "adapters/io_status.h"
#include "adapters/merged_hierarchy.h"
#include "adapters/owned_files.h"
#include "adapters/packaged_drop_in.h"
#include "adapters/published_set.h"
#include "adapters/set_publisher.h"
#include "adapters/staged_file.h"
#include "adapters/staging_layout.h"
#include "adapters/tree_copy.h"
#include "engine/census.h"
#include "policy/printable.h"

namespace extgate {
namespace {

constexpr uint64_t kMaxReport = uint64_t{64} << 20;  // bytes

// A line for each entry of `folder`: what it is, and its stamp.
void AddFolder(const HostPath& folder, std::string& all) {
  absl::StrAppend(&all, folder.path, "\n");
  auto directory = folder.root->OpenDirectory(folder.path);
  if (!directory.ok()) return;
  auto entries = directory->List();
  if (!entries.ok()) return;
  for (const DirectoryEntry& entry : *entries) {
    auto fd = directory->Open(entry.name, O_PATH);
    struct stat info;
    if (!fd.ok() || fstat(fd->get(), &info) != 0) continue;
    auto target = directory->ReadLink(entry.name);
    absl::StrAppend(&all, PrintableText(entry.name), " ", StampOf(info), " ",
                    target.ok() ? PrintableText(*target) : "", "\n");
  }
}

}  // namespace

absl::Status RunStaging::Prepare() {
  if (own_.has_value()) return absl::OkStatus();
  const HostPath& run = places_->run();
  auto directory = run.root->MakeDirectories(run.path, 0755);
  if (!directory.ok()) return directory.status();
  auto own = directory->MakeDirectory(kPrivateDirectory, 0700);
  if (!own.ok()) return own.status();
  // The initrd may have made it for what it carried over.
  if (fchmod(own->fd(), 0700) != 0) {
    return ErrnoStatus(errno, "cannot protect", own->path());
  }
  run_.emplace(*std::move(directory));
  own_.emplace(*std::move(own));
  return absl::OkStatus();
}

absl::StatusOr<Directory> RunStaging::Images() {
  if (absl::Status status = Prepare(); !status.ok()) return status;
  return own_->MakeDirectory(kImagesDirectory, 0700);
}

absl::StatusOr<Directory> RunStaging::Trees() {
  if (absl::Status status = Prepare(); !status.ok()) return status;
  return own_->MakeDirectory(kTreesDirectory, 0700);
}

absl::Status RunStaging::Lock() {
  if (lock_.valid()) return absl::OkStatus();
  if (absl::Status status = Prepare(); !status.ok()) return status;
  auto lock = LockFile(*own_, "lock", patience_);
  if (lock.ok()) lock_ = *std::move(lock);
  return lock.status();
}

void RunStaging::PassLockOn() {
  if (lock_.valid()) fcntl(lock_.get(), F_SETFD, 0);
}

absl::StatusOr<std::unique_ptr<PrivateFile>> RunStaging::Create(
    uint64_t size_bytes) {
  auto images = Images();
  if (!images.ok()) return images.status();
  return StagedFile::Create(*images, size_bytes);
}

absl::Status RunStaging::Commit(PrivateFile& file, absl::string_view address) {
  auto name = CopyName(address);
  if (!name.ok()) return name.status();
  auto* staged = dynamic_cast<StagedFile*>(&file);
  if (staged == nullptr) {
    return absl::InvalidArgumentError("the file is of another staging place");
  }
  return staged->Commit(*name);
}

absl::StatusOr<std::unique_ptr<ImageReader>> RunStaging::OpenCopy(
    absl::string_view address) {
  auto name = CopyName(address);
  if (!name.ok()) return name.status();
  auto images = Images();
  if (!images.ok()) return images.status();
  auto fd = images->Open(*name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!fd.ok()) return fd.status();
  return FileImageReader::FromFd(*std::move(fd), images->PathOf(*name));
}

absl::StatusOr<std::string> RunStaging::CopyTree(Filesystem& tree) {
  auto* source = dynamic_cast<DirectoryTree*>(&tree);
  if (source == nullptr) {
    return absl::InvalidArgumentError("the tree is no directory of this host");
  }
  auto from = source->root().OpenDirectory("/");
  if (!from.ok()) return from.status();
  auto trees = Trees();
  if (!trees.ok()) return trees.status();
  // One run at a time: a directory of this name is of one that died.
  const std::string unfinished = absl::StrCat(kUnfinishedPrefix, "tree");
  if (absl::Status gone = RemoveTree(*trees, unfinished); !gone.ok()) {
    return gone;
  }
  auto to = trees->MakeDirectory(unfinished, 0700);
  if (!to.ok()) return to.status();
  auto address = extgate::CopyTree(*from, *to);
  absl::Status status = address.status();
  if (status.ok() && !trees->TypeOf(*address).ok()) {
    status = trees->Move(unfinished, *trees, *address);
    if (status.ok()) return address;
  }
  // Not wanted: it failed, or is there already.
  status.Update(RemoveTree(*trees, unfinished));
  if (!status.ok()) return status;
  return address;
}

absl::StatusOr<std::unique_ptr<Filesystem>> RunStaging::OpenTree(
    absl::string_view address) {
  if (auto name = CopyName(address); !name.ok()) return name.status();
  auto trees = Trees();
  if (!trees.ok()) return trees.status();
  auto fd = trees->Open(address, O_RDONLY | O_DIRECTORY);
  if (!fd.ok()) return fd.status();
  return DirectoryTree::Open(RootDir(*std::move(fd)), "/");
}

absl::Status RunStaging::Publish(ImageClass image_class,
                                 const std::vector<SetEntry>& entries) {
  if (absl::Status status = Prepare(); !status.ok()) return status;
  return SetPublisher(*places_, *run_, *own_, image_class).Publish(entries);
}

absl::Status RunStaging::Cover(const std::string& directory) {
  if (absl::Status status = Prepare(); !status.ok()) return status;
  return CoverDirectory(*places_, directory);
}

absl::Status RunStaging::Uncover(const std::string& directory) {
  return UncoverDirectory(*places_, directory);
}

absl::Status RunStaging::Prune(const std::set<std::string>& addresses) {
  auto images = Images();
  if (!images.ok()) return images.status();
  auto entries = images->List();
  if (!entries.ok()) return entries.status();
  absl::Status first;
  for (const DirectoryEntry& entry : *entries) {
    absl::string_view address = entry.name;
    const bool unfinished = absl::StartsWith(entry.name, kUnfinishedPrefix);
    const bool stale = absl::ConsumeSuffix(&address, ".raw") &&
                       addresses.count(std::string(address)) == 0;
    if (unfinished || stale) first.Update(images->Remove(entry.name));
  }
  auto trees = Trees();
  if (!trees.ok()) return trees.status();
  entries = trees->List();
  if (!entries.ok()) return entries.status();
  for (const DirectoryEntry& entry : *entries) {
    if (!addresses.contains(entry.name)) {
      first.Update(RemoveTree(*trees, entry.name));
    }
  }
  return first;
}

absl::Status RunStaging::WriteOwnedFiles(const std::vector<OwnedFile>& files) {
  return extgate::WriteOwnedFiles(*places_, files);
}

bool RunStaging::HasPackagedDropIn(ImageClass image_class) {
  return extgate::HasPackagedDropIn(*places_, image_class);
}

std::string RunStaging::Snapshot() {
  std::string all;
  for (ImageClass image_class : {ImageClass::kSysext, ImageClass::kConfext}) {
    AddFolder(places_->run() / StagingDirectoryName(image_class), all);
  }
  AddFolder(places_->run() / kPrivateDirectory / kImagesDirectory, all);
  AddFolder(places_->run() / kPrivateDirectory / kTreesDirectory, all);
  AddFolder(places_->run() / kPrivateDirectory / kForeignDirectory, all);
  for (const HostPath& folder : OwnedFolders(*places_)) AddFolder(folder, all);
  for (const std::string& directory : CoverableDirectories()) {
    if (IsCovered(*places_, directory)) {
      absl::StrAppend(&all, "covered ", directory, "\n");
    }
  }
  return all;
}

absl::Status RunStaging::WriteReport(absl::string_view json) {
  if (absl::Status status = Prepare(); !status.ok()) return status;
  return own_->WriteFile("report.json", json, 0644);
}

absl::StatusOr<std::string> RunStaging::ReadReport() {
  const HostPath report = places_->run() / kPrivateDirectory / "report.json";
  return report.root->ReadSmallFile(report.path, kMaxReport);
}

absl::StatusOr<StagedState> RunStaging::Standing() {
  StagedState state;
  for (ImageClass image_class : {ImageClass::kSysext, ImageClass::kConfext}) {
    auto set = PublishedSet(*places_, image_class);
    if (!set.ok()) return set.status();
    state.sets[image_class] = *std::move(set);
  }
  auto files = ReadOwnedFiles(*places_);
  if (!files.ok()) return files.status();
  state.owned_files = *std::move(files);
  for (const std::string& directory : CoverableDirectories()) {
    if (IsCovered(*places_, directory)) state.covered.insert(directory);
  }
  return state;
}

std::set<std::string> RunStaging::Merged(ImageClass image_class) {
  return MergedExtensions(places_->root(), image_class);
}

}  // namespace extgate
