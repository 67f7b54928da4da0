// Changes of a boot partition, or of what stands in for one: one process of
// ours at a time, and writable only meanwhile.
#ifndef EXTGATE_ADAPTERS_PARTITION_CHANGE_H_
#define EXTGATE_ADAPTERS_PARTITION_CHANGE_H_

#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/root_dir.h"
#include "adapters/unique_fd.h"
#include "adapters/writable_mount.h"

namespace extgate {

// Whether `tree` is on a FAT. False where nobody can tell.
bool IsFat(const RootDir& tree);

// What it takes that no change of names is torn there: a file system that is no
// FAT journals them.
DirectoryWrites WritesOf(const RootDir& tree);

// Keeps other processes of ours away from `tree` as long as it is held.
// Unavailable: one is there already; other errors as RootDir::OpenAt.
absl::StatusOr<UniqueFd> LockPartition(const RootDir& tree);

// Does `change` with the lock, while the mount that `tree` is the root of is
// writable, by WritesOf(). Errors of LockPartition and WritableMount::Of:
// nothing was changed; else that of `change`, or of putting the mount back.
absl::Status ChangePartition(const RootDir& tree,
                             const std::function<absl::Status()>& change);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_PARTITION_CHANGE_H_
