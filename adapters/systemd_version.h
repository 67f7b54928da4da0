// Which systemd will merge, without running it.
#ifndef EXTGATE_ADAPTERS_SYSTEMD_VERSION_H_
#define EXTGATE_ADAPTERS_SYSTEMD_VERSION_H_

#include "absl/status/statusor.h"
#include "adapters/root_dir.h"

namespace extgate {

// The major version of the systemd-sysext below `root`: of the
// libsystemd-shared-NNN.so that the program itself names, which cannot be
// stale; where that says nothing, of the only such library in systemd's own
// folders. NotFound when neither tells, or two libraries differ.
absl::StatusOr<int> SystemdVersion(const RootDir& root);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_SYSTEMD_VERSION_H_
