// Way in: ImagePlaces::Candidates.
#include "adapters/image_places.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "adapters/cover.h"
#include "adapters/directory_tree.h"
#include "adapters/file_image_reader.h"
#include "adapters/file_stamp.h"
#include "adapters/image_search.h"
#include "adapters/io_status.h"
#include "adapters/set_record.h"
#include "adapters/sidecar.h"
#include "adapters/staging_layout.h"
#include "engine/census.h"

namespace extgate {
namespace {

// `path` without empty and `.` parts; "" where it has `..`.
std::string Plain(absl::string_view path) {
  std::string plain;
  for (absl::string_view part : absl::StrSplit(path, '/', absl::SkipEmpty())) {
    if (part == "..") return "";
    if (part != ".") absl::StrAppend(&plain, "/", part);
  }
  return plain;
}

// What the policy's `sources` add to those that are `known`. What is staged is
// no source, nor where extgate keeps its copies: an image would be its own.
std::vector<ImageSource> AddedSources(const Places& places,
                                      const std::vector<std::string>& more,
                                      const std::vector<ImageSource>& known) {
  std::set<std::string> seen = {"", "/run/extensions", "/run/confexts"};
  for (const ImageSource& source : known) seen.insert(source.directory.path);
  std::vector<ImageSource> added;
  for (const std::string& path : more) {
    const std::string plain = Plain(path);
    if (absl::StartsWith(absl::StrCat(plain, "/"), "/run/extgate/") ||
        !seen.insert(plain).second) {
      continue;
    }
    added.push_back({.directory = places.Find(plain), .of_both_classes = true});
  }
  return added;
}

// In order of preference: systemd-sysext(8), the folders of systemd-stub(7),
// and Kairos' store of extensions by boot entry.
// `uncovered` is the root for places that may be covered.
// `more` are what the policy adds.
std::vector<ImageSource> SourcesOf(const Places& places,
                                   const RootDir& uncovered,
                                   ImageClass image_class,
                                   const HostFacts& host,
                                   const std::vector<std::string>& more) {
  const std::string word = ToWord(image_class);
  const HostPath& run = places.run();
  const HostPath own = run / kPrivateDirectory;
  const HostPath store = places.At(image_class == ImageClass::kSysext
                                       ? "/var/lib/kairos/extensions"
                                       : "/var/lib/kairos/confexts");
  std::vector<ImageSource> sources;
  for (const HostPath& parent : {own / kIncomingDirectory, places.extra()}) {
    sources.push_back({.directory = parent / word});
    sources.push_back({.directory = parent / absl::StrCat("global_", word)});
  }
  // An entry that is no name cannot have a folder.
  if (CheckName(host.entry).ok() && host.entry != "common") {
    sources.push_back({.directory = store / host.entry});
  }
  sources.push_back({.directory = store / "common"});
  const size_t built_in = sources.size();

  sources.push_back({.directory = own / kForeignDirectory / word,
                     .place = Place::kForeign,
                     .moved_aside = true});
  sources.push_back({.directory = run / StagingDirectoryName(image_class),
                     .place = Place::kForeign,
                     .ours = SetRecord::Load(run, image_class)});
  // What lies before the set comes last: what it hides was found by then.
  std::vector<ImageSource> before;
  int order = kWithTheSet;
  for (const SearchedPlace& searched : SearchedPlaces()) {
    if (searched.image_class != image_class ||
        searched.place == Place::kForeign ||
        !searched.versions.Has(host.systemd_version)) {
      continue;
    }
    ImageSource source = {.directory = {&uncovered, std::string(searched.path)},
                          .place = searched.place};
    if (searched.place == Place::kOverriding) {
      source.order = kBeforeTheSet;
      before.push_back(std::move(source));
    } else {
      source.order = ++order;
      sources.push_back(std::move(source));
    }
  }
  for (ImageSource& source : before) sources.push_back(std::move(source));
  std::vector<ImageSource> added = AddedSources(places, more, sources);
  sources.insert(sources.begin() + static_cast<ptrdiff_t>(built_in),
                 added.begin(), added.end());
  return sources;
}

}  // namespace

const RootDir& ImagePlaces::Uncovered() {
  return uncovered_.has_value() ? uncovered_->root() : places_->root();
}

HostPath ImagePlaces::PlaceOf(const Candidate& candidate) {
  if (candidate.place == Place::kOverriding ||
      candidate.place == Place::kSearched) {
    return {&Uncovered(), candidate.path};
  }
  return places_->Find(candidate.path);
}

WithDiagnostics<std::vector<Candidate>> ImagePlaces::Candidates(
    const HostFacts& host, const std::vector<std::string>& more) {
  WithDiagnostics<std::vector<Candidate>> found;
  if (host.entry == kLiveEntry) return found;
  uncovered_.reset();
  const std::vector<std::string> covered =
      CoveredDirectories(*places_, CoverableDirectories());
  if (!covered.empty()) {
    auto view = MountView::Without(places_->root(), covered);
    if (view.ok()) {
      uncovered_ = *std::move(view);
    } else {
      found.diagnostics.push_back({DiagnosticCode::kFileUnreadable,
                                   Severity::kWarning,
                                   {covered.front(), 0, 0},
                                   std::string(view.status().message()),
                                   ""});
    }
  }
  for (ImageClass image_class : {ImageClass::kSysext, ImageClass::kConfext}) {
    ImageSearch search(image_class, host);
    for (const ImageSource& source :
         SourcesOf(*places_, Uncovered(), image_class, host, more)) {
      search.LookInto(source);
    }
    search.MoveTo(found);
  }
  return found;
}

absl::StatusOr<std::unique_ptr<ImageReader>> ImagePlaces::Open(
    const Candidate& candidate) {
  // A whole directory that cannot be read.
  if (candidate.file_name.empty() && !candidate.hazard.empty()) {
    return absl::FailedPreconditionError(candidate.hazard);
  }
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

std::string ImagePlaces::Sidecar(const Candidate& candidate) {
  const std::string sidecar = SidecarOf(PlaceOf(candidate));
  return sidecar.empty() ? ""
                         : absl::StrCat("systemd would take it for what `",
                                        sidecar, "` says of it");
}

absl::StatusOr<std::unique_ptr<Filesystem>> ImagePlaces::OpenDirectory(
    const Candidate& candidate) {
  const HostPath place = PlaceOf(candidate);
  return DirectoryTree::Open(*place.root, place.path);
}

}  // namespace extgate
