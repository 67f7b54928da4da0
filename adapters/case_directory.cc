// Ways in: the members of CaseDirectory.
#include "adapters/case_directory.h"

#include <fcntl.h>

#include <cerrno>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "adapters/directory.h"
#include "adapters/io_status.h"
#include "adapters/unique_fd.h"

namespace extgate {

absl::StatusOr<std::vector<std::string>> CaseDirectory::YamlFiles() const {
  UniqueFd fd(open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return ErrnoStatus(errno, "cannot open", path_);
  auto entries = Directory(std::move(fd), path_).List();
  if (!entries.ok()) return entries.status();
  std::vector<std::string> names;
  for (const DirectoryEntry& entry : *entries) {
    const bool yaml = absl::EndsWith(entry.name, ".yaml") ||
                      absl::EndsWith(entry.name, ".yml");
    if (yaml && entry.name[0] != '.' && entry.type != FileType::kDirectory) {
      names.push_back(entry.name);
    }
  }
  return names;
}

std::string CaseDirectory::PathOf(absl::string_view name) const {
  return absl::StrCat(path_, absl::EndsWith(path_, "/") ? "" : "/", name);
}

absl::StatusOr<std::string> CaseDirectory::Read(absl::string_view path) {
  const std::string whole =
      absl::StartsWith(path, "/") ? std::string(path) : PathOf(path);
  UniqueFd fd(open(whole.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd.valid()) return ErrnoStatus(errno, "cannot open", whole);
  return ReadAll(fd.get(), kMaxCaseFile, whole);
}

}  // namespace extgate
