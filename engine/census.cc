// Ways in: the two tables, and what is read off them.
#include "engine/census.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/versioned_directory.h"

namespace extgate {
namespace {

constexpr CensusVersions kAll;
// 254 brought confexts, and looks for sysexts below /usr no more.
constexpr CensusVersions kWithConfexts = {254};
constexpr CensusVersions kBelowUsr = {252, 253};

// Not constexpr: an address of another header is no constant to a sanitizer.
const SearchedPlace kPlaces[] = {
    {ImageClass::kSysext, kOverridingDirectory, Place::kOverriding, kAll},
    {ImageClass::kSysext, "/run/extensions", Place::kForeign, kAll},
    {ImageClass::kSysext, "/var/lib/extensions", Place::kSearched, kAll},
    {ImageClass::kSysext, "/usr/local/lib/extensions", Place::kSearched,
     kBelowUsr},
    {ImageClass::kSysext, "/usr/lib/extensions", Place::kSearched, kBelowUsr},
    {ImageClass::kConfext, "/run/confexts", Place::kForeign, kWithConfexts},
    {ImageClass::kConfext, "/var/lib/confexts", Place::kSearched,
     kWithConfexts},
    {ImageClass::kConfext, "/usr/local/lib/confexts", Place::kSearched,
     kWithConfexts},
    {ImageClass::kConfext, "/usr/lib/confexts", Place::kSearched,
     kWithConfexts},
};

constexpr CensusRow kRows[] = {
    {EntryKind::kImageFile, "image file `A.raw`", kAll, MeansWhen::kByVerdict,
     Means::kCover, Means::kAside, Means::kMask},
    {EntryKind::kDirectory, "directory or subvolume", kAll,
     MeansWhen::kByVerdict, Means::kCover, Means::kAside, Means::kMask},
    {EntryKind::kBlockDevice, "block device", kAll, MeansWhen::kByVerdict,
     Means::kCover, Means::kAside, Means::kMask},
    {EntryKind::kVersions,
     "directory of versions `A.raw.v`, `A.v`",
     {kPicksVersionsSince},
     MeansWhen::kByVerdict,
     Means::kCover,
     Means::kAside,
     Means::kMask},
    {EntryKind::kPending, "symlink to nowhere", kAll, MeansWhen::kByVerdict,
     Means::kCover, Means::kAside, Means::kMask},
    {EntryKind::kStop, "symlink that cannot be followed", kAll,
     MeansWhen::kAlways, Means::kCover, Means::kAside, Means::kCover},
    {EntryKind::kMask, "empty directory (a mask)", kAll, MeansWhen::kNever,
     Means::kNone, Means::kNone, Means::kNone},
    {EntryKind::kNothing, "anything else", kAll, MeansWhen::kNever,
     Means::kNone, Means::kAside, Means::kNone},
};

const CensusRow* RowOf(EntryKind kind) {
  return std::find_if(
      std::begin(kRows), std::end(kRows),
      [kind](const CensusRow& row) { return row.kind == kind; });
}

std::string TextOf(const CensusVersions& versions) {
  if (!versions.last.has_value()) return absl::StrCat(versions.first, " on");
  return absl::StrCat(versions.first, " to ", *versions.last);
}

absl::string_view TextOf(Place place) {
  switch (place) {
    case Place::kOverriding:
      return "before the set";
    case Place::kForeign:
      return "the set";
    case Place::kSearched:
      return "after the set";
    case Place::kOffered:
      return "";
  }
  return "";
}

absl::string_view TextOf(Means means) {
  switch (means) {
    case Means::kNone:
      return "stays";
    case Means::kAside:
      return "moved aside";
    case Means::kMask:
      return "mask";
    case Means::kCover:
      return "cover";
  }
  return "";
}

absl::string_view TextOf(MeansWhen when) {
  switch (when) {
    case MeansWhen::kNever:
      return "never";
    case MeansWhen::kByVerdict:
      return "by its verdict";
    case MeansWhen::kAlways:
      return "in both modes";
  }
  return "";
}

}  // namespace

absl::Span<const SearchedPlace> SearchedPlaces() { return kPlaces; }

absl::Span<const CensusRow> CensusRows() { return kRows; }

std::vector<std::string> CoverableDirectories() {
  std::vector<std::string> directories;
  for (const SearchedPlace& searched : kPlaces) {
    if (searched.place != Place::kForeign) {
      directories.emplace_back(searched.path);
    }
  }
  return directories;
}

std::string CoverableDirectoryOf(absl::string_view path) {
  for (std::string& directory : CoverableDirectories()) {
    absl::string_view rest = path;
    if (absl::ConsumePrefix(&rest, directory) &&
        (rest.empty() || absl::StartsWith(rest, "/"))) {
      return std::move(directory);
    }
  }
  return "";
}

Means MeansAgainst(EntryKind kind, Place place) {
  const CensusRow* row = RowOf(kind);
  switch (place) {
    case Place::kOffered:
      return Means::kNone;
    case Place::kForeign:
      return row->in_the_set;
    case Place::kSearched:
      return row->after_the_set;
    case Place::kOverriding:
      return row->before_the_set;
  }
  return Means::kNone;
}

bool StopsSystemd(EntryKind kind, Place place) {
  return RowOf(kind)->when == MeansWhen::kAlways &&
         MeansAgainst(kind, place) == Means::kCover;
}

std::string CensusText() {
  std::string text = "| Place | Of | systemd | Searched |\n|---|---|---|---|\n";
  for (const SearchedPlace& searched : kPlaces) {
    absl::StrAppend(&text, "| `", searched.path, "` | ",
                    ToWord(searched.image_class), " | ",
                    TextOf(searched.versions), " | ", TextOf(searched.place),
                    " |\n");
  }
  absl::StrAppend(&text,
                  "\n| Entry | systemd | Kept from systemd | before the set | "
                  "in the set | after the set |\n|---|---|---|---|---|---|\n");
  for (const CensusRow& row : kRows) {
    absl::StrAppend(&text, "| ", row.called, " | ", TextOf(row.versions), " | ",
                    TextOf(row.when), " | ", TextOf(row.before_the_set), " | ",
                    TextOf(row.in_the_set), " | ", TextOf(row.after_the_set),
                    " |\n");
  }
  return text;
}

}  // namespace extgate
