// Way in: ImagePlaces::Candidates.
#include "adapters/image_places.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "adapters/cover.h"
#include "adapters/directory_tree.h"
#include "adapters/file_image_reader.h"
#include "adapters/file_stamp.h"
#include "adapters/io_status.h"
#include "adapters/set_record.h"
#include "adapters/staging_layout.h"

namespace extgate {
namespace {

// First version of systemd that takes no sysext images from below /usr. Of an
// unknown version, 0, it is assumed that it does.
constexpr int kNoMoreInUsrSince = 254;

// One directory to look into.
struct Source {
  HostPath directory;
  Place place = Place::kOffered;
  // What extgate itself staged there, which is passed over.
  std::optional<SetRecord> ours;
};

// In order of preference: systemd-sysext(8), the folders of systemd-stub(7),
// and Kairos' store of extensions by boot entry.
// `uncovered` is the root for places of Place::kOverriding.
std::vector<Source> SourcesOf(const Places& places, const RootDir& uncovered,
                              ImageClass image_class, const HostFacts& host) {
  const std::string word = ToWord(image_class);
  const HostPath& run = places.run();
  const HostPath own = run / kPrivateDirectory;
  const HostPath store = places.At(image_class == ImageClass::kSysext
                                       ? "/var/lib/kairos/extensions"
                                       : "/var/lib/kairos/confexts");
  std::vector<Source> sources;
  for (const HostPath& parent : {own / kIncomingDirectory, places.extra()}) {
    sources.push_back({parent / word, Place::kOffered, {}});
    sources.push_back(
        {parent / absl::StrCat("global_", word), Place::kOffered, {}});
  }
  // An entry that is no name cannot have a folder.
  if (CheckName(host.entry).ok() && host.entry != "common") {
    sources.push_back({store / host.entry, Place::kOffered, {}});
  }
  sources.push_back({store / "common", Place::kOffered, {}});

  sources.push_back({own / kForeignDirectory / word, Place::kForeign, {}});
  sources.push_back({run / StagingDirectoryName(image_class), Place::kForeign,
                     SetRecord::Load(run, image_class)});
  switch (image_class) {
    case ImageClass::kSysext:
      sources.push_back(
          {places.At("/var/lib/extensions"), Place::kSearched, {}});
      if (host.systemd_version < kNoMoreInUsrSince) {
        for (const char* path :
             {"/usr/local/lib/extensions", "/usr/lib/extensions"}) {
          sources.push_back({places.At(path), Place::kSearched, {}});
        }
      }
      sources.push_back({{&uncovered, std::string(kOverridingDirectory)},
                         Place::kOverriding,
                         {}});
      break;
    case ImageClass::kConfext:
      for (const char* path : {"/var/lib/confexts", "/usr/local/lib/confexts",
                               "/usr/lib/confexts"}) {
        sources.push_back({places.At(path), Place::kSearched, {}});
      }
      break;
  }
  return sources;
}

// What an entry is, symlinks followed.
enum class Target { kFile, kTree, kEmptyTree, kBlockDevice, kUnknown };

Target TargetOf(const HostPath& path) {
  auto fd = path.root->OpenAt(path.path, O_PATH);
  struct stat info;
  if (!fd.ok() || fstat(fd->get(), &info) != 0) return Target::kUnknown;
  if (S_ISREG(info.st_mode)) return Target::kFile;
  if (S_ISBLK(info.st_mode)) return Target::kBlockDevice;
  if (!S_ISDIR(info.st_mode)) return Target::kUnknown;
  auto entries = path.root->ListDirectory(path.path);
  return entries.ok() && entries->empty() ? Target::kEmptyTree : Target::kTree;
}

bool IsOffered(const DirectoryEntry& entry, ImageClass image_class) {
  if (absl::StartsWith(entry.name, ".") ||
      !absl::EndsWith(entry.name, ".raw") ||
      (entry.type != FileType::kRegular && entry.type != FileType::kSymlink)) {
    return false;
  }
  switch (image_class) {
    case ImageClass::kSysext:
      return !absl::EndsWith(entry.name, ".confext.raw");
    case ImageClass::kConfext:
      return !absl::EndsWith(entry.name, ".sysext.raw");
  }
  return false;
}

// How `entry` of `source` is on offer; nullopt when it is not.
std::optional<Container> KindOf(const Source& source,
                                const DirectoryEntry& entry,
                                ImageClass image_class) {
  const bool raw = absl::EndsWith(entry.name, ".raw");
  const Target target = TargetOf(source.directory / entry.name);
  if (source.place == Place::kOffered) {
    if (!IsOffered(entry, image_class)) return std::nullopt;
    if (target == Target::kTree || target == Target::kEmptyTree) {
      return std::nullopt;
    }
    return Container::kUnknown;
  }
  switch (target) {
    case Target::kTree:
      return Container::kDirectory;
    case Target::kEmptyTree:
      return std::nullopt;
    case Target::kBlockDevice:
      return Container::kUnknown;
    case Target::kFile:
      return raw ? std::optional(Container::kUnknown) : std::nullopt;
    case Target::kUnknown:
      // A dangling symlink, or one in a loop, which makes systemd give up.
      return raw && entry.type == FileType::kSymlink
                 ? std::optional(Container::kUnknown)
                 : std::nullopt;
  }
  return std::nullopt;
}

bool IsOurs(const Source& source, const Directory& directory,
            const DirectoryEntry& entry) {
  if (!source.ours.has_value()) return false;
  auto described = DescribeEntry(directory, entry);
  return described.ok() && source.ours->Owns(*described);
}

void AddFrom(const Source& source, ImageClass image_class,
             WithDiagnostics<std::vector<Candidate>>& found) {
  const HostPath& place = source.directory;
  auto directory = place.root->OpenDirectory(place.path);
  if (absl::IsNotFound(directory.status())) return;
  absl::StatusOr<std::vector<DirectoryEntry>> entries =
      directory.ok() ? directory->List() : directory.status();
  if (!entries.ok()) {
    found.diagnostics.push_back({DiagnosticCode::kFileUnreadable,
                                 Severity::kWarning,
                                 {place.path, 0, 0},
                                 std::string(entries.status().message()),
                                 ""});
    return;
  }
  for (DirectoryEntry& entry : *entries) {
    if (IsOurs(source, *directory, entry)) continue;
    std::optional<Container> kind = KindOf(source, entry, image_class);
    if (!kind.has_value()) continue;
    std::string path = (place / entry.name).path;
    found.value.push_back({std::move(path), std::move(entry.name), image_class,
                           source.place, *kind});
  }
}

}  // namespace

const RootDir& ImagePlaces::Uncovered() {
  return uncovered_.has_value() ? uncovered_->root() : places_->root();
}

HostPath ImagePlaces::PlaceOf(const Candidate& candidate) {
  if (candidate.place == Place::kOverriding) {
    return {&Uncovered(), candidate.path};
  }
  return places_->Find(candidate.path);
}

WithDiagnostics<std::vector<Candidate>> ImagePlaces::Candidates(
    const HostFacts& host) {
  WithDiagnostics<std::vector<Candidate>> found;
  if (host.entry == kLiveEntry) return found;
  uncovered_.reset();
  if (IsCovered(*places_, kOverridingDirectory)) {
    auto view = MountView::Without(places_->root(), {kOverridingDirectory});
    if (view.ok()) {
      uncovered_ = *std::move(view);
    } else {
      found.diagnostics.push_back({DiagnosticCode::kFileUnreadable,
                                   Severity::kWarning,
                                   {kOverridingDirectory, 0, 0},
                                   std::string(view.status().message()),
                                   ""});
    }
  }
  for (ImageClass image_class : {ImageClass::kSysext, ImageClass::kConfext}) {
    for (const Source& source :
         SourcesOf(*places_, Uncovered(), image_class, host)) {
      AddFrom(source, image_class, found);
    }
  }
  return found;
}

absl::StatusOr<std::unique_ptr<ImageReader>> ImagePlaces::Open(
    const Candidate& candidate) {
  const HostPath place = PlaceOf(candidate);
  return FileImageReader::Open(*place.root, place.path);
}

absl::StatusOr<std::string> ImagePlaces::Stamp(const Candidate& candidate) {
  const HostPath place = PlaceOf(candidate);
  auto fd = place.root->OpenAt(place.path, O_PATH);
  if (!fd.ok()) return fd.status();
  struct stat info;
  if (fstat(fd->get(), &info) != 0) {
    return ErrnoStatus(errno, "cannot look at", candidate.path);
  }
  if (!S_ISREG(info.st_mode)) {
    return absl::UnimplementedError("only a regular file has a stamp");
  }
  return StampOf(info);
}

absl::StatusOr<std::unique_ptr<Filesystem>> ImagePlaces::OpenDirectory(
    const Candidate& candidate) {
  const HostPath place = PlaceOf(candidate);
  return DirectoryTree::Open(*place.root, place.path);
}

}  // namespace extgate
