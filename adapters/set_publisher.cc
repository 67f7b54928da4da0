// Way in: SetPublisher::Publish, which names the steps in their order.
#include "adapters/set_publisher.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "adapters/io_status.h"
#include "adapters/staging_layout.h"

namespace extgate {
namespace {

// systemd takes no image of a name that begins so (image_name_is_valid, all
// versions): what is in the making in the live directory is called this.
constexpr char kInTheMaking[] = ".#extgate";

// How often a directory is taken apart into which somebody keeps writing.
constexpr int kMaxRounds = 8;

std::string FileNameOf(const SetEntry& entry) {
  const bool image = entry.kind == SetEntry::Kind::kImage ||
                     entry.kind == SetEntry::Kind::kFile;
  return absl::StrCat(entry.name, image ? ".raw" : "");
}

absl::Status CheckEntry(const SetEntry& entry) {
  if (absl::Status status = CheckName(entry.name); !status.ok()) return status;
  const std::string& target = entry.target;
  switch (entry.kind) {
    case SetEntry::Kind::kImage:
      if (auto copy = CopyName(target); !copy.ok()) return copy.status();
      return CheckName(FileNameOf(entry));
    case SetEntry::Kind::kTree:
      return CopyName(target).status();
    case SetEntry::Kind::kFile:
    case SetEntry::Kind::kDirectory:
      if (absl::StartsWith(target, "/") &&
          target.find('\0') == std::string::npos) {
        return CheckName(FileNameOf(entry));
      }
      break;
    case SetEntry::Kind::kMask:
      return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      QuotePath(entry.name), " cannot link to ", QuotePath(target)));
}

absl::Status MakeEntry(const Directory& directory, const StagedName& name,
                       absl::string_view file_name) {
  if (name.type == FileType::kSymlink) {
    return directory.MakeSymlink(name.target, file_name);
  }
  return directory.MakeDirectory(file_name, 0755).status();
}

// Removes a symlink, or an empty directory.
absl::Status RemoveEntry(const Directory& directory,
                         absl::string_view file_name) {
  auto type = directory.TypeOf(file_name);
  if (absl::IsNotFound(type.status())) return absl::OkStatus();
  if (!type.ok()) return type.status();
  return *type == FileType::kDirectory ? directory.RemoveDirectory(file_name)
                                       : directory.Remove(file_name);
}

// Makes `name` in the live directory, in the place of one of ours that may have
// the same file name: it must not go away for a moment, or an image of that
// name in a lower place would come to light.
absl::Status PutEntry(const Directory& live, const StagedName& name) {
  absl::Status status = MakeEntry(live, name, kInTheMaking);
  if (!status.ok()) return status;
  status = live.Move(kInTheMaking, live, name.file_name);
  if (status.ok()) return status;
  status = live.Exchange(kInTheMaking, live, name.file_name);
  return status.ok() ? RemoveEntry(live, kInTheMaking) : status;
}

bool HasFileName(const std::set<StagedName>& names, absl::string_view wanted) {
  return std::any_of(
      names.begin(), names.end(),
      [wanted](const StagedName& name) { return name.file_name == wanted; });
}

}  // namespace

SetPublisher::SetPublisher(const Places& places, const Directory& run,
                           const Directory& own, ImageClass image_class)
    : places_(&places),
      run_(&run),
      own_(&own),
      image_class_(image_class),
      live_path_(places.run() / StagingDirectoryName(image_class)),
      live_name_(StagingDirectoryName(image_class)),
      foreign_(own, image_class, live_path_.path) {}

absl::Status SetPublisher::Publish(const std::vector<SetEntry>& entries) {
  for (const SetEntry& entry : entries) {
    if (absl::Status status = CheckEntry(entry); !status.ok()) return status;
  }
  absl::Status status = Prepare();
  if (!status.ok()) return status;
  auto kept = ForeignMasks();
  if (!kept.ok()) return kept.status();
  foreign_.Keep(*kept);
  status = TakeApartLeftover();
  if (status.ok()) status = MoveForeignEntries(entries);
  if (!status.ok()) return status;

  auto wanted = Names(entries);
  if (!wanted.ok()) return wanted.status();
  std::set<StagedName> all = *wanted;
  for (const StagedName& mask : *kept) {
    if (!HasFileName(*wanted, mask.file_name)) all.insert(mask);
  }
  auto in_force = IsInForce(all);
  if (!in_force.ok()) return in_force.status();
  if (!*in_force) {
    // From here on both sets are ours, whichever a crash leaves.
    record_.Add(*wanted);
    status = WriteRecord(record_);
    if (status.ok()) status = PutInForce(all);
    if (!status.ok()) return status;
  }
  return WriteRecord(SetRecord(*std::move(wanted)));
}

absl::Status SetPublisher::Prepare() {
  auto sets = own_->MakeDirectory(kSetsDirectory, 0700);
  if (!sets.ok()) return sets.status();
  sets_.push_back(*std::move(sets));
  record_ = SetRecord::Load(places_->run(), image_class_);

  auto type = run_->TypeOf(live_name_);
  if (absl::IsNotFound(type.status())) return absl::OkStatus();
  if (!type.ok()) return type.status();
  if (*type == FileType::kDirectory) {
    live_ = Live::kDirectory;
  } else if (*type == FileType::kSymlink) {
    live_ = Live::kSymlink;
  } else {
    return absl::FailedPreconditionError(
        absl::StrCat(QuotePath(live_path_.path), " is not a directory"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::set<StagedName>> SetPublisher::ForeignMasks() const {
  std::set<StagedName> masks;
  if (live_ == Live::kMissing) return masks;
  auto live = live_path_.root->OpenDirectory(live_path_.path);
  if (!live.ok()) return live.status();
  auto entries = live->List();
  if (!entries.ok()) return entries.status();
  for (const DirectoryEntry& entry : *entries) {
    if (entry.name == kInTheMaking) continue;
    auto described = DescribeEntry(*live, entry);
    if (absl::IsNotFound(described.status())) continue;
    if (!described.ok()) return described.status();
    if (described->type == FileType::kDirectory && !record_.Owns(*described)) {
      masks.insert(*std::move(described));
    }
  }
  return masks;
}

absl::Status SetPublisher::TakeApartLeftover() {
  for (int round = 0; round < kMaxRounds; ++round) {
    auto left = sets_[0].OpenDirectory(NewName());
    if (absl::IsNotFound(left.status())) return absl::OkStatus();
    if (!left.ok()) return left.status();
    absl::Status status = foreign_.TakeApart(*left, record_);
    if (!status.ok()) return status;
    if (sets_[0].RemoveDirectory(NewName()).ok()) return absl::OkStatus();
  }
  return absl::UnavailableError(absl::StrCat(
      "somebody keeps writing into ", QuotePath(sets_[0].PathOf(NewName()))));
}

absl::Status SetPublisher::MoveForeignEntries(
    const std::vector<SetEntry>& entries) {
  const bool linked = std::any_of(
      entries.begin(), entries.end(), [this](const SetEntry& entry) {
        return entry.kind == SetEntry::Kind::kDirectory &&
               !foreign_.Locate(entry.target).empty();
      });
  if (live_ == Live::kMissing || !linked) return absl::OkStatus();
  auto live = live_path_.root->OpenDirectory(live_path_.path);
  if (!live.ok()) return live.status();
  return foreign_.TakeForeign(*live, record_);
}

std::string SetPublisher::TargetOf(const SetEntry& entry) const {
  // Relative, so that the set can be looked at from outside of the root too;
  // unless it lies elsewhere than it seems to.
  const std::string own =
      live_ == Live::kSymlink
          ? absl::StrCat(places_->run().path, "/", kPrivateDirectory)
          : absl::StrCat("../", kPrivateDirectory);
  switch (entry.kind) {
    case SetEntry::Kind::kImage:
      return absl::StrCat(own, "/", kImagesDirectory, "/", entry.target,
                          ".raw");
    case SetEntry::Kind::kFile:
      return entry.target;
    case SetEntry::Kind::kTree:
      return absl::StrCat(own, "/", kTreesDirectory, "/", entry.target);
    case SetEntry::Kind::kDirectory: {
      const std::string below = foreign_.Locate(entry.target);
      return below.empty() ? entry.target : absl::StrCat(own, "/", below);
    }
    case SetEntry::Kind::kMask:
      return "";
  }
  return "";
}

absl::StatusOr<std::set<StagedName>> SetPublisher::Names(
    const std::vector<SetEntry>& entries) const {
  std::set<StagedName> names;
  std::set<std::string> seen;
  for (const SetEntry& entry : entries) {
    StagedName name{FileNameOf(entry), FileType::kSymlink, TargetOf(entry)};
    if (entry.kind == SetEntry::Kind::kMask) name.type = FileType::kDirectory;
    if (!seen.insert(name.file_name).second) {
      return absl::InvalidArgumentError(absl::StrCat(
          QuotePath(name.file_name), " is in the set more than once"));
    }
    names.insert(std::move(name));
  }
  return names;
}

absl::StatusOr<bool> SetPublisher::IsInForce(
    const std::set<StagedName>& wanted) const {
  if (live_ == Live::kMissing) return wanted.empty();
  auto live = live_path_.root->OpenDirectory(live_path_.path);
  if (!live.ok()) return live.status();
  auto entries = live->List();
  if (!entries.ok()) return entries.status();
  if (entries->size() != wanted.size()) return false;
  for (const DirectoryEntry& entry : *entries) {
    auto described = DescribeEntry(*live, entry);
    if (!described.ok()) return described.status();
    if (wanted.count(*described) == 0) return false;
  }
  return true;
}

absl::Status SetPublisher::WriteRecord(const SetRecord& record) const {
  if (SetRecord::Load(places_->run(), image_class_) == record) {
    return absl::OkStatus();
  }
  return sets_[0].WriteFile(RecordName(image_class_), record.ToText(), 0600);
}

absl::Status SetPublisher::Build(const std::set<StagedName>& wanted) {
  auto directory = sets_[0].MakeDirectory(NewName(), 0755);
  if (!directory.ok()) return directory.status();
  for (const StagedName& name : wanted) {
    absl::Status status = MakeEntry(*directory, name, name.file_name);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status SetPublisher::PutInForce(const std::set<StagedName>& wanted) {
  if (live_ == Live::kSymlink) return ChangeInPlace(wanted);
  if (absl::Status status = Build(wanted); !status.ok()) return status;
  if (live_ == Live::kMissing) {
    return sets_[0].Move(NewName(), *run_, live_name_);
  }
  if (sets_[0].Exchange(NewName(), *run_, live_name_).ok()) {
    return TakeApartLeftover();
  }
  // A mount point, or a file system that cannot.
  absl::Status status = TakeApartLeftover();
  return status.ok() ? ChangeInPlace(wanted) : status;
}

absl::Status SetPublisher::ChangeInPlace(const std::set<StagedName>& wanted) {
  auto live = live_path_.root->OpenDirectory(live_path_.path);
  if (!live.ok()) return live.status();
  // What is not in the new set goes first, then what is new comes, one by one:
  // in between less is there than should be, but nothing that should not.
  auto entries = live->List();
  if (!entries.ok()) return entries.status();
  std::set<std::string> names;
  for (const StagedName& name : wanted) names.insert(name.file_name);
  std::set<StagedName> there;
  for (const DirectoryEntry& entry : *entries) {
    auto described = DescribeEntry(*live, entry);
    if (!described.ok()) return described.status();
    absl::Status status;
    if (entry.name == kInTheMaking) {
      status = RemoveEntry(*live, entry.name);
    } else if (wanted.count(*described) != 0) {
      there.insert(*std::move(described));
    } else if (!record_.Owns(*described)) {
      status = foreign_.Take(*live, *described);
    } else if (names.count(entry.name) == 0) {
      status = RemoveEntry(*live, entry.name);
    }
    if (!status.ok()) return status;
  }
  for (const StagedName& name : wanted) {
    if (there.count(name) != 0) continue;
    absl::Status status = PutEntry(*live, name);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

std::string SetPublisher::NewName() const {
  return absl::StrCat(ToWord(image_class_), ".new");
}

}  // namespace extgate
