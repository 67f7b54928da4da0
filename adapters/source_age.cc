// One way in: NewestChange.
#include "adapters/source_age.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdint>

#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "adapters/unique_fd.h"

namespace extgate {

std::string NewestChange(const Places& places,
                         const std::vector<std::string>& paths) {
  int64_t newest = 0;
  for (const std::string& path : paths) {
    if (!absl::StartsWith(path, "/")) continue;
    HostPath place = places.Find(path);
    if (place.root == &places.root() && !absl::StartsWith(path, "/run/")) {
      place.root = &places.below_merged();
    }
    auto fd = place.root->OpenAt(place.path, O_PATH);
    struct stat info;
    if (!fd.ok() || fstat(fd->get(), &info) != 0) continue;
    newest = std::max(newest, int64_t{info.st_mtim.tv_sec});
  }
  if (newest <= 0) return "";
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixSeconds(newest),
                          absl::UTCTimeZone());
}

}  // namespace extgate
