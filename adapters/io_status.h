// errno as a Status, and the loops around read(2) and write(2) that every
// adapter needs.
#ifndef EXTGATE_ADAPTERS_IO_STATUS_H_
#define EXTGATE_ADAPTERS_IO_STATUS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace extgate {

// `path` in backticks for a message, as PrintableText() has it.
std::string QuotePath(absl::string_view path);

// "VERB `PATH`: reason" for `error`, a value of errno(3). NotFound: nothing of
// that name; PermissionDenied: not allowed, or a read-only file system;
// FailedPrecondition: of another type, or a symlink loop; ResourceExhausted: no
// space or quota left, or a file would get too long; InvalidArgument: not a
// name; Unavailable: everything else.
absl::Status ErrnoStatus(int error, absl::string_view verb,
                         absl::string_view path);

// `status`, with `path` as QuotePath() has it in front of what it says.
absl::Status AtPath(absl::string_view path, const absl::Status& status);

// Everything from `fd` to the end of file, also where fstat(2) knows no size
// (procfs, sysfs). ResourceExhausted when it is longer than `limit_bytes`;
// Unavailable on an I/O error. `path` is for messages.
absl::StatusOr<std::string> ReadAll(int fd, uint64_t limit_bytes,
                                    absl::string_view path);

// Writes all of `bytes`. Errors as ErrnoStatus().
absl::Status WriteAll(int fd, absl::string_view bytes, absl::string_view path);

// The same from `offset` on.
absl::Status WriteAllAt(int fd, uint64_t offset,
                        absl::Span<const uint8_t> bytes,
                        absl::string_view path);

// fsync(2). Errors as ErrnoStatus().
absl::Status SyncFd(int fd, absl::string_view path);

// OK when `name` can be one entry of a directory: not empty, not `.` or `..`,
// at most 255 bytes, without `/` and NUL. Else InvalidArgument.
absl::Status CheckName(absl::string_view name);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_IO_STATUS_H_
