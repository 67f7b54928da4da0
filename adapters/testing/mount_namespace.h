// Real mounts in a test, which go with the process that makes them.
#ifndef EXTGATE_ADAPTERS_TESTING_MOUNT_NAMESPACE_H_
#define EXTGATE_ADAPTERS_TESTING_MOUNT_NAMESPACE_H_

#include <functional>
#include <string>

#include "adapters/testing/temp_root.h"

namespace extgate {

// What InMountNamespace returns where nobody may mount.
inline constexpr int kNoRightToMount = 77;

// Runs `test` in a child with mounts of its own, `root` opened anew there. Its
// result, 0 to 76, is the child's exit status; -1 when the child died.
int InMountNamespace(TempRoot& root, const std::function<int()>& test);

// For use inside: mounts at `path` below `root`, and opens the root anew. False
// when that failed.
bool MountTmpfs(TempRoot& root, const std::string& path,
                const std::string& options = "");
// An overlay over `path` with `layer` (below the root) on top of it, and in it
// the file `marker` that says of which device it is, as systemd writes it.
bool MountExtension(TempRoot& root, const std::string& path,
                    const std::string& layer, const std::string& marker);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_TESTING_MOUNT_NAMESPACE_H_
