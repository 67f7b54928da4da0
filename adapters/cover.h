// An empty read-only directory over one that systemd searches before the
// staging directory: what lies there is out of its sight, and untouched.
#ifndef EXTGATE_ADAPTERS_COVER_H_
#define EXTGATE_ADAPTERS_COVER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "adapters/places.h"

namespace extgate {

// True when `directory` (below the root) is covered. The cover is
// /run/extgate/empty, mounted there; it is known by its inode.
bool IsCovered(const Places& places, absl::string_view directory);

// Those of `directories` that are covered; of several that are one and the same
// directory, by a symlink, the first.
std::vector<std::string> CoveredDirectories(
    const Places& places, const std::vector<std::string>& directories);

// Covers `directory`; OK when it is covered already. PermissionDenied without
// CAP_SYS_ADMIN; other errors as ErrnoStatus(), and nothing is changed.
absl::Status CoverDirectory(const Places& places, absl::string_view directory);

// Takes the cover off, if there is one. Errors as above.
absl::Status UncoverDirectory(const Places& places,
                              absl::string_view directory);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_COVER_H_
