// Ways in: OwnedFolders, WriteOwnedFiles, ReadOwnedFiles.
#include "adapters/owned_files.h"

#include <fnmatch.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "adapters/directory.h"
#include "adapters/io_status.h"

namespace extgate {
namespace {

constexpr uint64_t kMaxOwned = 1024 * 1024;  // bytes

// One folder below /run, and which of its files are ours.
struct OwnedFolder {
  const char* path;
  const char* pattern;  // glob(7)

  bool Has(absl::string_view name) const {
    return fnmatch(pattern, std::string(name).c_str(), FNM_NOESCAPE) == 0;
  }
};
constexpr OwnedFolder kFolders[] = {
    {"verity.d", "extgate-*.crt"},
    {"systemd/system/systemd-sysext.service.d", "zzz-extgate.conf"},
    {"systemd/system/systemd-confext.service.d", "zzz-extgate.conf"},
    {"systemd/sysext.conf.d", "zzz-extgate.conf"},
    {"systemd/confext.conf.d", "zzz-extgate.conf"},
};

using Contents = std::map<std::string, std::string>;  // by file name

// The wanted files of each folder, in the order of kFolders.
absl::StatusOr<std::vector<Contents>> Sort(
    const std::vector<OwnedFile>& files) {
  std::vector<Contents> wanted(std::size(kFolders));
  for (const OwnedFile& file : files) {
    bool found = false;
    for (size_t i = 0; i < std::size(kFolders); ++i) {
      absl::string_view name = file.path;
      if (!absl::ConsumePrefix(&name,
                               absl::StrCat("/run/", kFolders[i].path, "/")) ||
          !CheckName(name).ok() || !kFolders[i].Has(name)) {
        continue;
      }
      wanted[i][std::string(name)] = file.content;
      found = true;
    }
    if (!found) {
      return absl::InvalidArgumentError(
          absl::StrCat(QuotePath(file.path), " is no file of extgate's"));
    }
  }
  return wanted;
}

// True for a file of ours that is not wanted, and for what a run that died left
// of writing one (see Directory::WriteFile).
bool IsStale(const OwnedFolder& folder, const Contents& wanted,
             absl::string_view name) {
  if (absl::ConsumePrefix(&name, ".") && absl::ConsumeSuffix(&name, ".new")) {
    return folder.Has(name);
  }
  return folder.Has(name) && wanted.count(std::string(name)) == 0;
}

absl::Status RemoveStale(const HostPath& place, const OwnedFolder& folder,
                         const Contents& wanted) {
  auto directory = place.root->OpenDirectory(place.path);
  if (absl::IsNotFound(directory.status())) return absl::OkStatus();
  if (!directory.ok()) return directory.status();
  auto entries = directory->List();
  if (!entries.ok()) return entries.status();
  absl::Status first;
  for (const DirectoryEntry& entry : *entries) {
    if (IsStale(folder, wanted, entry.name)) {
      first.Update(directory->Remove(entry.name));
    }
  }
  return first;
}

absl::Status WriteWanted(const HostPath& place, const Contents& wanted) {
  if (wanted.empty()) return absl::OkStatus();
  auto directory = place.root->MakeDirectories(place.path, 0755);
  if (!directory.ok()) return directory.status();
  absl::Status first;
  for (const auto& [name, content] : wanted) {
    auto before = directory->ReadFile(name, kMaxOwned);
    if (before.ok() && *before == content) continue;
    first.Update(directory->WriteFile(name, content, 0644));
  }
  return first;
}

}  // namespace

std::vector<HostPath> OwnedFolders(const Places& places) {
  std::vector<HostPath> folders;
  for (const OwnedFolder& folder : kFolders) {
    folders.push_back(places.run() / folder.path);
  }
  return folders;
}

absl::Status WriteOwnedFiles(const Places& places,
                             const std::vector<OwnedFile>& files) {
  auto wanted = Sort(files);
  if (!wanted.ok()) return wanted.status();
  absl::Status first;
  for (size_t i = 0; i < std::size(kFolders); ++i) {
    const HostPath place = places.run() / kFolders[i].path;
    first.Update(RemoveStale(place, kFolders[i], (*wanted)[i]));
    first.Update(WriteWanted(place, (*wanted)[i]));
  }
  return first;
}

absl::StatusOr<std::vector<OwnedFile>> ReadOwnedFiles(const Places& places) {
  std::vector<OwnedFile> files;
  for (const OwnedFolder& folder : kFolders) {
    const HostPath place = places.run() / folder.path;
    auto directory = place.root->OpenDirectory(place.path);
    if (absl::IsNotFound(directory.status())) continue;
    if (!directory.ok()) return directory.status();
    auto entries = directory->List();
    if (!entries.ok()) return entries.status();
    for (const DirectoryEntry& entry : *entries) {
      if (!folder.Has(entry.name)) continue;
      auto content = directory->ReadFile(entry.name, kMaxOwned);
      if (!content.ok()) return content.status();
      files.push_back({absl::StrCat("/run/", folder.path, "/", entry.name),
                       *std::move(content)});
    }
  }
  std::sort(
      files.begin(), files.end(),
      [](const OwnedFile& a, const OwnedFile& b) { return a.path < b.path; });
  return files;
}

}  // namespace extgate
