// One flock(2) on one file.
#ifndef EXTGATE_ADAPTERS_FILE_LOCK_H_
#define EXTGATE_ADAPTERS_FILE_LOCK_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "adapters/directory.h"
#include "adapters/unique_fd.h"

namespace extgate {

// Makes file `name` in `directory` where it is missing, and locks it for this
// process alone until the descriptor is closed; a process that dies gives it
// up. Unavailable when another holds it for longer than `patience`.
absl::StatusOr<UniqueFd> LockFile(const Directory& directory,
                                  absl::string_view name,
                                  absl::Duration patience);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_FILE_LOCK_H_
