// A mounted file system made writable for a while, and put back as it was.
#ifndef EXTGATE_ADAPTERS_WRITABLE_MOUNT_H_
#define EXTGATE_ADAPTERS_WRITABLE_MOUNT_H_

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/mount_table.h"
#include "adapters/root_dir.h"
#include "adapters/unique_fd.h"

namespace extgate {

// How changes of directories reach the disk.
enum class DirectoryWrites {
  kOrdinary,    // when the kernel likes
  kSynchronous  // each before the next begins, and before the call returns
};

// Restores at the latest when it goes; move only. No file that is open for
// writing may outlive that.
class WritableMount {
 public:
  // The mount that `partition` is the root of; where neither its options nor
  // those of the file system need to change, nothing is. PermissionDenied: it
  // may not be, or the device is read-only; FailedPrecondition: `partition`
  // lies within a mount that would have to change; Unavailable.
  static absl::StatusOr<WritableMount> Of(const RootDir& partition,
                                          DirectoryWrites writes);

  WritableMount(WritableMount&& other) noexcept
      : directory_(std::move(other.directory_)),
        before_(std::exchange(other.before_, std::nullopt)) {}
  WritableMount& operator=(WritableMount&&) = delete;
  ~WritableMount();

  // Puts all options back. Unavailable: somebody else writes there, so that it
  // cannot be read-only again. OK when there is nothing to put back.
  absl::Status Restore();

 private:
  explicit WritableMount(UniqueFd directory)
      : directory_(std::move(directory)) {}

  UniqueFd directory_;
  std::optional<MountLine> before_;  // nullopt: as it is now
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_WRITABLE_MOUNT_H_
