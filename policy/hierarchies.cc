// Ways in: ParseHierarchies, IsMerged, LeadsToMerged.
#include "policy/hierarchies.h"

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace extgate {
namespace {

// Both without a leading `/`.
bool IsAtOrBelow(absl::string_view path, absl::string_view directory) {
  return absl::ConsumePrefix(&path, directory) &&
         (path.empty() || path.front() == '/');
}

absl::string_view WithoutSlash(absl::string_view absolute) {
  absl::ConsumePrefix(&absolute, "/");
  return absolute;
}

// "" when systemd takes it.
std::string WhyRefused(absl::string_view path) {
  if (!absl::StartsWith(path, "/")) return "is not absolute";
  if (path == "/") return "is all there is";
  for (absl::string_view part : absl::StrSplit(path.substr(1), '/')) {
    if (part.empty() || part == "." || part == "..") {
      return "has a part that is empty, `.` or `..`";
    }
  }
  return "";
}

}  // namespace

const char* HierarchiesVariable(ImageClass image_class) {
  return image_class == ImageClass::kSysext ? "SYSTEMD_SYSEXT_HIERARCHIES"
                                            : "SYSTEMD_CONFEXT_HIERARCHIES";
}

absl::StatusOr<std::vector<std::string>> ParseHierarchies(
    absl::string_view value) {
  std::vector<std::string> hierarchies;
  for (absl::string_view path : absl::StrSplit(value, ':')) {
    if (path.size() > 1) absl::ConsumeSuffix(&path, "/");
    const std::string why = WhyRefused(path);
    if (!why.empty()) {
      return absl::InvalidArgumentError(absl::StrCat("`", path, "` ", why));
    }
    if (absl::c_linear_search(hierarchies, path)) continue;
    hierarchies.emplace_back(path);
  }
  return hierarchies;
}

bool IsMerged(absl::string_view path,
              const std::vector<std::string>& hierarchies) {
  return absl::c_any_of(hierarchies, [path](const std::string& hierarchy) {
    return IsAtOrBelow(path, WithoutSlash(hierarchy));
  });
}

bool LeadsToMerged(absl::string_view path,
                   const std::vector<std::string>& hierarchies) {
  return absl::c_any_of(hierarchies, [path](const std::string& hierarchy) {
    return IsAtOrBelow(WithoutSlash(hierarchy), path);
  });
}

}  // namespace extgate
