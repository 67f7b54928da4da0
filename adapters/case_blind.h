// Paths as FAT has them: the case of a name does not matter.
#ifndef EXTGATE_ADAPTERS_CASE_BLIND_H_
#define EXTGATE_ADAPTERS_CASE_BLIND_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "adapters/root_dir.h"

namespace extgate {

// `path` as it is spelled below `partition`; also where that file system tells
// case apart, as a tree that stands in for a FAT does. NotFound; other errors
// as RootDir.
absl::StatusOr<std::string> SpelledPath(const RootDir& partition,
                                        absl::string_view path);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_CASE_BLIND_H_
