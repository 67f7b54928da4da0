// A plain directory to a private copy of it: what was decided is what is
// merged, whoever writes to the directory meanwhile.
#ifndef EXTGATE_ADAPTERS_TREE_COPY_H_
#define EXTGATE_ADAPTERS_TREE_COPY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "adapters/directory.h"

namespace extgate {

// Copies `from` and all in it into `to`, an empty directory: content, type,
// mode, owner, time of change, every extended attribute, device numbers, and
// which names are links to one file. No symlink is followed. Returns the
// SHA-256 over all of that, 64 hex digits: equal digests, equal trees.
// Errors: ResourceExhausted (more than the file system of `to` can take beside
// its reserve, or than Filesystem::Walk() would visit), FailedPrecondition
// (another file system is mounted in it, which systemd would not merge),
// Unavailable (a file changed while it was copied, or I/O; also where `to`
// cannot hold an attribute), others as ErrnoStatus(). What was copied until
// then stays, for RemoveTree().
absl::StatusOr<std::string> CopyTree(const Directory& from,
                                     const Directory& to);

// Removes `name` and all in it; OK when there is nothing of that name. No
// symlink is followed, and nothing that is mounted is entered.
absl::Status RemoveTree(const Directory& parent, absl::string_view name);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_TREE_COPY_H_
