// Way in: SpelledPath.
#include "adapters/case_blind.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "adapters/io_status.h"

namespace extgate {

absl::StatusOr<std::string> SpelledPath(const RootDir& partition,
                                        absl::string_view path) {
  std::string spelled;
  for (absl::string_view part : absl::StrSplit(path, '/', absl::SkipEmpty())) {
    const std::string exact = absl::StrCat(spelled, "/", part);
    if (partition.Exists(exact)) {
      spelled = exact;
      continue;
    }
    const auto entries =
        partition.ListDirectory(spelled.empty() ? "/" : spelled);
    if (!entries.ok()) return entries.status();
    std::string found;
    for (const DirectoryEntry& entry : *entries) {
      if (absl::EqualsIgnoreCase(entry.name, part)) found = entry.name;
    }
    if (found.empty()) {
      return absl::NotFoundError(
          absl::StrCat("there is no ", QuotePath(exact)));
    }
    absl::StrAppend(&spelled, "/", found);
  }
  return spelled.empty() ? "/" : spelled;
}

}  // namespace extgate
