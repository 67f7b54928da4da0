// Way in: ChangePartition.
#include "adapters/partition_change.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/vfs.h>

namespace extgate {

bool IsFat(const RootDir& tree) {
  struct statfs info;
  const auto directory = tree.OpenAt("/", O_PATH);
  return directory.ok() && fstatfs(directory->get(), &info) == 0 &&
         info.f_type == MSDOS_SUPER_MAGIC;
}

DirectoryWrites WritesOf(const RootDir& tree) {
  return IsFat(tree) ? DirectoryWrites::kSynchronous
                     : DirectoryWrites::kOrdinary;
}

absl::StatusOr<UniqueFd> LockPartition(const RootDir& tree) {
  // It goes with the descriptor.
  auto lock = tree.OpenAt("/", O_RDONLY | O_DIRECTORY);
  if (!lock.ok()) return lock.status();
  if (flock(lock->get(), LOCK_EX | LOCK_NB) != 0) {
    return absl::UnavailableError(
        "another process changes boot entries or installs images");
  }
  return lock;
}

absl::Status ChangePartition(const RootDir& tree,
                             const std::function<absl::Status()>& change) {
  const auto lock = LockPartition(tree);
  if (!lock.ok()) return lock.status();
  auto writable = WritableMount::Of(tree, WritesOf(tree));
  if (!writable.ok()) return writable.status();
  const absl::Status status = change();
  const absl::Status restored = writable->Restore();
  return status.ok() ? restored : status;
}

}  // namespace extgate
