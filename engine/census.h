// Every place from which systemd would merge, by its version, what can lie
// there, and what extgate does about what must not merge. The search for
// images goes by this table, and docs/hand-over.md shows it.
// Source: systemd-sysext(8), and src/shared/discover-image.c of 252 to 262.
#ifndef EXTGATE_ENGINE_CENSUS_H_
#define EXTGATE_ENGINE_CENSUS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/ports.h"
#include "policy/values.h"

namespace extgate {

// Versions of systemd, both ends included; without `last` all newer ones too.
struct CensusVersions {
  int first = 252;
  std::optional<int> last = std::nullopt;
  // Of an unknown version, 0, everything may be.
  bool Has(int version) const {
    return version == 0 ||
           (version >= first && (!last.has_value() || version <= *last));
  }
};

// A directory that systemd searches for images of a class on the running
// system. The one of Place::kForeign is the staging directory.
struct SearchedPlace {
  ImageClass image_class;
  absl::string_view path;
  Place place;
  CensusVersions versions;
};

// All of them, of each class in the order in which systemd searches.
absl::Span<const SearchedPlace> SearchedPlaces();

// Those that a cover can be put over, each once.
std::vector<std::string> CoverableDirectories();

// The one of CoverableDirectories() that `path` is or lies in; "" for none.
std::string CoverableDirectoryOf(absl::string_view path);

// What an entry of such a directory is to systemd, symlinks followed.
enum class EntryKind {
  kImageFile,    // a regular file `A.raw`
  kDirectory,    // a directory or a btrfs subvolume
  kBlockDevice,  // of any name
  kVersions,     // a directory of versions
  kMask,         // an empty directory
  kPending,      // a symlink to nowhere: an image once there is something
  kStop,         // a symlink that cannot be followed: systemd gives up
  kNothing,      // systemd takes no notice
};

// How systemd is kept from what must not merge.
enum class Means {
  kNone,   // nothing is to be done
  kAside,  // it is moved out of the staging directory
  kMask,   // an empty directory of its name in the set
  kCover,  // an empty read-only mount over the directory it lies in
};

// When that is done.
enum class MeansWhen {
  kNever,
  // In enforcing for what is decided to be denied, unmergeable or unreadable;
  // in permissive for what is unmergeable.
  kByVerdict,
  // In both modes: it would keep all others from merging.
  kAlways,
};

// One line of the table.
struct CensusRow {
  EntryKind kind;
  absl::string_view called;  // how documents say it
  CensusVersions versions;   // in which it is that to systemd
  MeansWhen when;
  Means before_the_set;  // Place::kOverriding
  Means in_the_set;      // Place::kForeign
  Means after_the_set;   // Place::kSearched
};

absl::Span<const CensusRow> CensusRows();

// What keeps systemd from an entry of that kind there; kNone of kOffered.
Means MeansAgainst(EntryKind kind, Place place);

// Whether systemd must be kept from such an entry in both modes, by a cover.
bool StopsSystemd(EntryKind kind, Place place);

// Both tables as docs/hand-over.md has them (Markdown).
std::string CensusText();

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CENSUS_H_
