// Way in: InspectContents().
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/image/content_table.h"
#include "engine/image/extension_release.h"
#include "engine/image/inspect.h"

namespace extgate {
namespace {

enum class Presence {
  kAbsent,
  kDirectory,  // or a symlink to one within the image
  kLeadsOut,   // a symlink to nothing within the image
  kOther,
};

// Looks for paths, listing each directory once.
class Search {
 public:
  explicit Search(Filesystem& filesystem) : filesystem_(filesystem) {}

  // True where the image has `path` in any form: a dangling symlink too, a
  // device (which hides the host's file in an overlay), and a symlink that
  // leads out of the image on the way there.
  absl::StatusOr<bool> Carries(absl::string_view path);

 private:
  using Names = std::map<std::string, FileType>;

  absl::StatusOr<const Names*> List(const std::string& directory);
  // What `directory`, which is one, holds under `name`. A symlink that leads to
  // nothing within the image leads, once it is merged, to what the host has.
  absl::StatusOr<Presence> Look(const std::string& directory,
                                const std::string& name);

  Filesystem& filesystem_;
  std::map<std::string, Names> listed_;
};

absl::StatusOr<const Search::Names*> Search::List(
    const std::string& directory) {
  const auto known = listed_.find(directory);
  if (known != listed_.end()) return &known->second;
  absl::StatusOr<std::vector<DirectoryEntry>> entries =
      filesystem_.List(directory);
  if (!entries.ok()) return entries.status();
  Names& names = listed_[directory];
  for (DirectoryEntry& entry : *entries) {
    names.emplace_hint(names.end(), std::move(entry.name), entry.type);
  }
  return &names;
}

absl::StatusOr<Presence> Search::Look(const std::string& directory,
                                      const std::string& name) {
  absl::StatusOr<const Names*> names = List(directory);
  if (!names.ok()) return names.status();
  const auto entry = (*names)->find(name);
  if (entry == (*names)->end()) return Presence::kAbsent;
  if (entry->second == FileType::kDirectory) return Presence::kDirectory;
  if (entry->second != FileType::kSymlink) return Presence::kOther;
  absl::StatusOr<FileType> target = filesystem_.TypeOf(
      directory.empty() ? name : absl::StrCat(directory, "/", name));
  if (!target.ok()) return Presence::kLeadsOut;
  return *target == FileType::kDirectory ? Presence::kDirectory
                                         : Presence::kOther;
}

absl::StatusOr<bool> Search::Carries(absl::string_view path) {
  const std::vector<std::string> parts = absl::StrSplit(path, '/');
  std::string directory;
  for (size_t i = 0; i < parts.size(); ++i) {
    absl::StatusOr<Presence> presence = Look(directory, parts[i]);
    if (!presence.ok()) return presence.status();
    switch (*presence) {
      case Presence::kAbsent:
        return false;
      case Presence::kLeadsOut:
        return true;
      case Presence::kOther:
        return i + 1 == parts.size();
      case Presence::kDirectory:
        break;
    }
    absl::StrAppend(&directory, directory.empty() ? "" : "/", parts[i]);
  }
  return true;
}

absl::StatusOr<ImageContents> LookInto(Filesystem& filesystem,
                                       const ImageFacts& facts) {
  ImageContents contents;
  contents.filesystem = facts.filesystem;
  absl::StatusOr<Evidence<ExtensionRelease>> release =
      FindExtensionRelease(filesystem, facts.image_class, facts.name);
  if (!release.ok()) return release.status();
  contents.release = *std::move(release);
  // systemd fails on any answer but "not there".
  contents.has_os_release =
      !absl::IsNotFound(filesystem.TypeOf(kOsReleasePath).status());
  Search search(filesystem);
  for (const ForbiddenPath& forbidden : kForbiddenPaths) {
    absl::StatusOr<bool> carries = search.Carries(forbidden.path);
    if (!carries.ok()) return carries.status();
    if (*carries) contents.forbidden_paths.emplace_back(forbidden.path);
  }
  return contents;
}

// Part of the tree could not be looked at, so nothing is known to be absent.
void CouldNotLook(const absl::Status& status, ImageFacts& facts) {
  const std::string why(status.message());
  const Evidence<std::string> filesystem = facts.filesystem;
  facts.contents() = ImageContents();
  if (absl::IsUnimplemented(status)) {
    facts.filesystem = Unsupported{why};
  } else if (facts.container == Container::kDirectory ||
             absl::IsUnavailable(status)) {
    facts.filesystem = filesystem;
    facts.unreadable = why;
  } else {
    facts.filesystem = Malformed{"a directory", why};
  }
}

}  // namespace

void InspectContents(Filesystem& filesystem, ImageFacts& facts) {
  absl::StatusOr<ImageContents> contents = LookInto(filesystem, facts);
  if (contents.ok()) {
    facts.contents() = *std::move(contents);
  } else {
    CouldNotLook(contents.status(), facts);
  }
}

}  // namespace extgate
