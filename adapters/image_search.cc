// Ways in: LookInto for each directory, then MoveTo.
#include "adapters/image_search.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "adapters/sidecar.h"
#include "engine/candidate_facts.h"
#include "engine/census.h"
#include "engine/names_in_place.h"

namespace extgate {
namespace {

// What an entry is, symlinks followed.
enum class Target {
  kFile,
  kTree,
  kEmptyTree,
  kEmptyFile,
  kBlockDevice,
  kNothing,  // a symlink to nowhere, or gone by now
  kStop,     // a symlink that cannot be followed
  kUnknown,
};

Target TargetOf(const HostPath& path) {
  auto fd = path.root->OpenAt(path.path, O_PATH);
  if (absl::IsNotFound(fd.status())) return Target::kNothing;
  if (!fd.ok()) return Target::kStop;
  struct stat info;
  if (fstat(fd->get(), &info) != 0) return Target::kStop;
  if (S_ISREG(info.st_mode)) {
    return info.st_size == 0 ? Target::kEmptyFile : Target::kFile;
  }
  if (S_ISBLK(info.st_mode)) return Target::kBlockDevice;
  if (!S_ISDIR(info.st_mode)) return Target::kUnknown;
  auto entries = path.root->ListDirectory(path.path);
  return entries.ok() && entries->empty() ? Target::kEmptyTree : Target::kTree;
}

VersionKind KindOf(Target target, const VersionedDirectory& versions) {
  switch (target) {
    case Target::kFile:
    case Target::kEmptyFile:
    case Target::kBlockDevice:
      return versions.of_directories ? VersionKind::kOther
                                     : VersionKind::kWanted;
    case Target::kTree:
    case Target::kEmptyTree:
      return versions.of_directories ? VersionKind::kWanted
                                     : VersionKind::kOther;
    case Target::kNothing:
      return VersionKind::kMissing;
    case Target::kStop:
    case Target::kUnknown:
      return VersionKind::kOther;
  }
  return VersionKind::kOther;
}

bool IsOurs(const ImageSource& source, const Directory& directory,
            const DirectoryEntry& entry) {
  if (!source.ours.has_value()) return false;
  auto described = DescribeEntry(directory, entry);
  return described.ok() && source.ours->Owns(*described);
}

bool MayBeCovered(Place place) {
  return place == Place::kSearched || place == Place::kOverriding;
}

// What an entry in place is by the census; `raw`: it is called `A.raw`.
EntryKind KindInPlace(Target target, FileType type, bool raw) {
  switch (target) {
    case Target::kTree:
      return EntryKind::kDirectory;
    case Target::kEmptyTree:
      return EntryKind::kMask;
    case Target::kBlockDevice:
      return EntryKind::kBlockDevice;
    case Target::kFile:
    case Target::kEmptyFile:
      return raw ? EntryKind::kImageFile : EntryKind::kNothing;
    case Target::kNothing:
      return type == FileType::kSymlink ? EntryKind::kPending
                                        : EntryKind::kNothing;
    case Target::kStop:
      return EntryKind::kStop;
    case Target::kUnknown:
      return EntryKind::kNothing;
  }
  return EntryKind::kNothing;
}

Candidate CandidateAt(const HostPath& path, absl::string_view file_name,
                      Target target) {
  Candidate candidate;
  candidate.path = path.path;
  candidate.file_name = std::string(file_name);
  if (target == Target::kTree) candidate.kind = Container::kDirectory;
  candidate.block_device = target == Target::kBlockDevice;
  return candidate;
}

}  // namespace

void ImageSearch::LookInto(const ImageSource& source) {
  const HostPath& place = source.directory;
  auto directory = place.root->OpenDirectory(place.path);
  if (absl::IsNotFound(directory.status())) return;
  absl::StatusOr<std::vector<DirectoryEntry>> entries =
      directory.ok() ? directory->List() : directory.status();
  if (!entries.ok()) {
    TellUnreadable(Severity::kWarning, place,
                   std::string(entries.status().message()), "");
    if (MayBeCovered(source.place)) {
      // What systemd finds there nobody decides about.
      Candidate candidate;
      candidate.path = place.path;
      candidate.hazard = std::string(entries.status().message());
      Add(source, std::move(candidate));
    }
    return;
  }
  for (const DirectoryEntry& entry : *entries) {
    if (IsOurs(source, *directory, entry)) continue;
    if (source.place == Place::kOffered) {
      TakeOffered(source, entry);
    } else {
      TakeInPlace(source, entry);
    }
  }
}

void ImageSearch::MoveTo(WithDiagnostics<std::vector<Candidate>>& found) {
  for (Found& one : found_) {
    one.candidate.masked_by = MaskOf(one);
    found.value.push_back(std::move(one.candidate));
  }
  for (Diagnostic& diagnostic : diagnostics_) {
    found.diagnostics.push_back(std::move(diagnostic));
  }
}

void ImageSearch::Add(const ImageSource& source, Candidate candidate) {
  candidate.image_class = class_;
  candidate.place = source.place;
  if (source.place == Place::kOverriding && candidate.hazard.empty()) {
    // It may be left there, and systemd look at what lies beside it.
    const std::string sidecar =
        SidecarOf({source.directory.root, candidate.path});
    if (!sidecar.empty()) {
      candidate.hazard =
          absl::StrCat("systemd takes it for what `", sidecar, "` says of it");
    }
  }
  found_.push_back({std::move(candidate), source.order});
}

void ImageSearch::TakeOffered(const ImageSource& source,
                              const DirectoryEntry& entry) {
  if (absl::StartsWith(entry.name, ".") || IsForOtherClass(source, entry) ||
      (entry.type != FileType::kRegular && entry.type != FileType::kSymlink &&
       entry.type != FileType::kDirectory)) {
    return;
  }
  const HostPath path = source.directory / entry.name;
  const Target target = TargetOf(path);
  if (target == Target::kTree || target == Target::kEmptyTree) {
    if (TakeVersion(source, entry) || PassOverVersions(source, entry) ||
        !CarriesRelease(path)) {
      return;
    }
  } else if (!absl::EndsWith(entry.name, ".raw")) {
    return;
  } else if (target == Target::kEmptyFile) {
    return TellUnreadable(
        Severity::kWarning, path,
        absl::StrCat("`", path.path,
                     "` is empty, as a power cut during an installation "
                     "leaves one: it is passed over"),
        "install the image again");
  }
  Add(source, CandidateAt(path, entry.name, target));
}

void ImageSearch::TakeInPlace(const ImageSource& source,
                              const DirectoryEntry& entry) {
  const HostPath path = source.directory / entry.name;
  const Target target = TargetOf(path);
  const bool raw = absl::EndsWith(entry.name, ".raw");
  const bool tree = target == Target::kTree || target == Target::kEmptyTree;
  if (tree && TakeVersion(source, entry)) return;
  const EntryKind kind = KindInPlace(target, entry.type, raw);
  Candidate candidate = CandidateAt(path, entry.name, target);
  switch (kind) {
    case EntryKind::kNothing:
      return;
    case EntryKind::kMask:
      return TakeMask(source, entry);
    case EntryKind::kPending:
      if (source.moved_aside) {
        return TellUnreadable(Severity::kNote, path,
                              absl::StrCat("`", path.path,
                                           "` leads to nothing: it is passed "
                                           "over until something is there"),
                              "");
      }
      // What it will be is not known; without `.raw` a directory.
      if (!raw) candidate.kind = Container::kDirectory;
      break;
    case EntryKind::kImageFile:
    case EntryKind::kDirectory:
    case EntryKind::kBlockDevice:
    case EntryKind::kVersions:
    case EntryKind::kStop:
      break;
  }
  if (StopsSystemd(kind, source.place)) {
    candidate.hazard =
        "systemd cannot follow that symlink, and gives up looking for images";
  }
  Add(source, std::move(candidate));
}

bool ImageSearch::IsForOtherClass(const ImageSource& source,
                                  const DirectoryEntry& entry) const {
  absl::string_view name = entry.name;
  absl::ConsumeSuffix(&name, ".v");
  absl::ConsumeSuffix(&name, ".raw");
  if (class_ == ImageClass::kSysext) return absl::EndsWith(name, ".confext");
  // Of a directory its extension-release tells.
  return absl::EndsWith(name, ".sysext") ||
         (source.of_both_classes && absl::EndsWith(entry.name, ".raw") &&
          !absl::EndsWith(name, ".confext"));
}

bool ImageSearch::CarriesRelease(const HostPath& tree) const {
  const HostPath folder =
      tree / (class_ == ImageClass::kSysext ? "usr/lib/extension-release.d"
                                            : "etc/extension-release.d");
  return folder.root->Exists(folder.path);
}

bool ImageSearch::TakeVersion(const ImageSource& source,
                              const DirectoryEntry& entry) {
  const std::optional<VersionedDirectory> versions =
      ParseVersionedDirectory(entry.name, class_, host_.systemd_version);
  if (!versions.has_value()) return false;
  const HostPath place = source.directory / entry.name;
  if (const std::optional<std::string> picked = Pick(*versions, place)) {
    Add(source,
        CandidateAt(place / *picked, versions->file_name,
                    versions->of_directories ? Target::kTree : Target::kFile));
  }
  // A systemd of unknown version may be too old to know of versions.
  return host_.systemd_version != 0 || source.place == Place::kOffered;
}

std::optional<std::string> ImageSearch::Pick(const VersionedDirectory& versions,
                                             const HostPath& place) {
  auto entries = place.root->ListDirectory(place.path);
  if (!entries.ok()) {
    Note(place, entries.status().message());
    return std::nullopt;
  }
  std::vector<std::string> names;
  for (DirectoryEntry& entry : *entries) names.push_back(std::move(entry.name));
  std::optional<std::string> picked =
      PickVersion(versions, names, host_, [&](const std::string& name) {
        return KindOf(TargetOf(place / name), versions);
      });
  if (!picked.has_value() && !names.empty()) {
    Note(place, "systemd would pick none of its entries");
  }
  return picked;
}

bool ImageSearch::PassOverVersions(const ImageSource& source,
                                   const DirectoryEntry& entry) {
  if (!ParseVersionedDirectory(entry.name, class_, kPicksVersionsSince)
           .has_value()) {
    return false;
  }
  Note(source.directory / entry.name,
       absl::StrCat("systemd ", host_.systemd_version,
                    " knows no directories of versions, as ",
                    kPicksVersionsSince, " and later do"));
  return true;
}

void ImageSearch::TellUnreadable(Severity severity, const HostPath& place,
                                 std::string what, std::string help) {
  diagnostics_.push_back({DiagnosticCode::kFileUnreadable,
                          severity,
                          {place.path, 0, 0},
                          std::move(what),
                          std::move(help)});
}

void ImageSearch::Note(const HostPath& place, absl::string_view why) {
  diagnostics_.push_back(
      {DiagnosticCode::kVersionsIgnored,
       Severity::kNote,
       {place.path, 0, 0},
       absl::StrCat("`", place.path, "` is passed over: ", why),
       "see systemd.v(7) for how versions are to be called"});
}

void ImageSearch::TakeMask(const ImageSource& source,
                           const DirectoryEntry& entry) {
  Candidate candidate =
      CandidateAt(source.directory / entry.name, entry.name, Target::kTree);
  candidate.image_class = class_;
  const Mask mask = {candidate.path, source.order};
  for (std::string& name : NamesInPlace(candidate, host_.systemd_version)) {
    auto [known, first] = masks_.try_emplace(std::move(name), mask);
    if (!first && mask.order < known->second.order) known->second = mask;
  }
}

// Of a mask and an image in one directory systemd takes whichever it reads
// first: the mask, once the image is out of the way. One that lies before the
// set cannot be got out of the way.
std::string ImageSearch::MaskOf(const Found& found) const {
  if (found.order == kBeforeTheSet) return "";
  std::vector<std::string> names = {NameOf(found.candidate)};
  if (found.candidate.place != Place::kOffered) {
    for (std::string& name :
         NamesInPlace(found.candidate, host_.systemd_version)) {
      names.push_back(std::move(name));
    }
  }
  for (const std::string& name : names) {
    const auto mask = masks_.find(name);
    if (mask != masks_.end() && mask->second.order <= found.order) {
      return mask->second.path;
    }
  }
  return "";
}

}  // namespace extgate
