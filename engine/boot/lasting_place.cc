// Ways in: IsCarried and OutlivesABoot.
#include "engine/boot/lasting_place.h"

#include <algorithm>

#include "absl/strings/match.h"

namespace extgate {

bool LiesIn(absl::string_view path, absl::string_view directory) {
  return path.size() > directory.size() && path[directory.size()] == '/' &&
         absl::StartsWith(path, directory);
}

bool IsCarried(absl::string_view path) {
  return LiesIn(path, "/.extra") || LiesIn(path, "/run/extgate/incoming");
}

bool OutlivesABoot(absl::string_view path,
                   const std::vector<std::string>& named) {
  if (IsCarried(path)) return false;
  return !LiesIn(path, "/run") ||
         std::any_of(named.begin(), named.end(),
                     [&](const std::string& directory) {
                       return LiesIn(path, directory);
                     });
}

}  // namespace extgate
