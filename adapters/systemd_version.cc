// Way in: SystemdVersion.
#include "adapters/systemd_version.h"

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "adapters/elf_needed.h"
#include "adapters/file_image_reader.h"

namespace extgate {
namespace {

constexpr const char* kPrograms[] = {
    "/usr/bin/systemd-sysext",
    "/bin/systemd-sysext",
    "/usr/lib/systemd/systemd",
};
constexpr const char* kLibraryDirectories[] = {
    "/usr/lib/systemd",
    "/usr/lib64/systemd",
    "/lib/systemd",
};
// Folders of architectures are looked for in these: /usr/lib/x86_64-linux-gnu.
constexpr const char* kMultiarchParents[] = {"/usr/lib", "/lib"};

// The leading digits of the tag in "libsystemd-shared-257.8-2.so"; the rest is
// the distribution's.
std::optional<int> VersionOf(absl::string_view library) {
  if (!absl::ConsumePrefix(&library, "libsystemd-shared-") ||
      library.find(".so") == absl::string_view::npos) {
    return std::nullopt;
  }
  size_t digits = 0;
  while (digits < library.size() && absl::ascii_isdigit(library[digits])) {
    ++digits;
  }
  int version = 0;
  if (digits > 4 || !absl::SimpleAtoi(library.substr(0, digits), &version)) {
    return std::nullopt;
  }
  return version;
}

std::optional<int> VersionOfProgram(const RootDir& root, const char* path) {
  auto program = FileImageReader::Open(root, path);
  if (!program.ok()) return std::nullopt;
  auto libraries = NeededLibraries(**program);
  if (!libraries.ok()) return std::nullopt;
  for (const std::string& library : *libraries) {
    if (std::optional<int> version = VersionOf(library)) return version;
  }
  return std::nullopt;
}

void AddVersionsIn(const RootDir& root, absl::string_view directory,
                   std::set<int>& versions) {
  auto entries = root.ListDirectory(directory);
  if (!entries.ok()) return;
  for (const DirectoryEntry& entry : *entries) {
    if (std::optional<int> version = VersionOf(entry.name)) {
      versions.insert(*version);
    }
  }
}

std::set<int> InstalledVersions(const RootDir& root) {
  std::set<int> versions;
  for (const char* directory : kLibraryDirectories) {
    AddVersionsIn(root, directory, versions);
  }
  for (const char* parent : kMultiarchParents) {
    auto entries = root.ListDirectory(parent);
    if (!entries.ok()) continue;
    for (const DirectoryEntry& entry : *entries) {
      if (!absl::StrContains(entry.name, "-linux-")) continue;
      AddVersionsIn(root, absl::StrCat(parent, "/", entry.name, "/systemd"),
                    versions);
    }
  }
  return versions;
}

}  // namespace

absl::StatusOr<int> SystemdVersion(const RootDir& root) {
  for (const char* program : kPrograms) {
    if (std::optional<int> version = VersionOfProgram(root, program)) {
      return *version;
    }
  }
  const std::set<int> installed = InstalledVersions(root);
  if (installed.empty()) {
    return absl::NotFoundError("no systemd-sysext and no libsystemd-shared");
  }
  if (installed.size() > 1) {
    return absl::NotFoundError(
        absl::StrCat("libsystemd-shared is there in versions ",
                     *installed.begin(), " and ", *installed.rbegin()));
  }
  return *installed.begin();
}

}  // namespace extgate
