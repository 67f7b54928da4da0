// Way in: GivenImages, an ImagePort over paths of the command line.
#include "adapters/given_images.h"

#include <sys/stat.h>
#include <sys/utsname.h>

#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "adapters/directory_tree.h"
#include "adapters/file_image_reader.h"
#include "adapters/host_probe.h"
#include "adapters/root_dir.h"
#include "engine/versioned_directory.h"

namespace extgate {
namespace {

std::string FileName(absl::string_view path) {
  while (absl::ConsumeSuffix(&path, "/")) {
  }
  const size_t slash = path.rfind('/');
  return std::string(slash == absl::string_view::npos ? path
                                                      : path.substr(slash + 1));
}

// What a path is, symlinks followed; nullopt when it leads nowhere.
std::optional<FileType> TypeOf(const std::string& path) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0) return std::nullopt;
  return FileTypeOfMode(info.st_mode);
}

bool IsConfext(absl::string_view name) {
  absl::ConsumeSuffix(&name, ".v");
  absl::ConsumeSuffix(&name, ".raw");
  return absl::EndsWith(name, ".confext");
}

VersionKind KindOf(const VersionedDirectory& versions,
                   const std::string& path) {
  const std::optional<FileType> type = TypeOf(path);
  if (!type.has_value()) return VersionKind::kMissing;
  return (*type == FileType::kDirectory) == versions.of_directories
             ? VersionKind::kWanted
             : VersionKind::kOther;
}

// The version in `directory` that counts, as a candidate.
std::optional<Candidate> VersionIn(const Candidate& directory, HostFacts host) {
  struct utsname machine;
  if (!host.architecture.has_value() && uname(&machine) == 0) {
    host.architecture = ArchitectureOf(machine.machine);
  }
  const auto versions = ParseVersionedDirectory(
      directory.file_name, directory.image_class, host.systemd_version);
  if (!versions.has_value()) return std::nullopt;
  auto root = RootDir::Open(directory.path);
  if (!root.ok()) return std::nullopt;
  auto entries = root->ListDirectory("/");
  if (!entries.ok()) return std::nullopt;
  std::vector<std::string> names;
  for (DirectoryEntry& entry : *entries) names.push_back(std::move(entry.name));
  const std::optional<std::string> picked =
      PickVersion(*versions, names, host, [&](const std::string& name) {
        return KindOf(*versions, absl::StrCat(directory.path, "/", name));
      });
  if (!picked.has_value()) return std::nullopt;
  Candidate version = directory;
  absl::string_view folder = directory.path;
  while (absl::ConsumeSuffix(&folder, "/")) {
  }
  version.path = absl::StrCat(folder, "/", *picked);
  version.file_name = versions->file_name;
  if (!versions->of_directories) version.kind = Container::kUnknown;
  return version;
}

}  // namespace

WithDiagnostics<std::vector<Candidate>> GivenImages::Candidates(
    const HostFacts& host, const std::vector<std::string>&) {
  WithDiagnostics<std::vector<Candidate>> found;
  for (const std::string& path : paths_) {
    Candidate candidate;
    candidate.path = path;
    candidate.file_name = FileName(path);
    candidate.image_class = IsConfext(candidate.file_name)
                                ? ImageClass::kConfext
                                : ImageClass::kSysext;
    if (TypeOf(path) == FileType::kDirectory) {
      candidate.kind = Container::kDirectory;
      if (auto version = VersionIn(candidate, host)) {
        candidate = *std::move(version);
      }
    }
    found.value.push_back(std::move(candidate));
  }
  return found;
}

absl::StatusOr<std::unique_ptr<ImageReader>> GivenImages::Open(
    const Candidate& candidate) {
  auto reader = FileImageReader::OpenGiven(candidate.path);
  if (!reader.ok()) return reader.status();
  return *std::move(reader);
}

absl::StatusOr<std::string> GivenImages::Stamp(const Candidate&) {
  return absl::UnimplementedError("named images are looked at once");
}

std::string GivenImages::Sidecar(const Candidate&) {
  return "a named image is not staged";
}

absl::StatusOr<std::unique_ptr<Filesystem>> GivenImages::OpenDirectory(
    const Candidate& candidate) {
  auto root = RootDir::Open(candidate.path);
  if (!root.ok()) return root.status();
  auto tree = DirectoryTree::Open(*root, "/");
  if (!tree.ok()) return tree.status();
  return *std::move(tree);
}

}  // namespace extgate
