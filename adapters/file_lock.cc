// Way in: LockFile.
#include "adapters/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <chrono>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "adapters/io_status.h"

namespace extgate {
namespace {

constexpr absl::Duration kPause = absl::Milliseconds(20);

}  // namespace

absl::StatusOr<UniqueFd> LockFile(const Directory& directory,
                                  absl::string_view name,
                                  absl::Duration patience) {
  auto fd = directory.Open(name, O_RDWR | O_CREAT, 0600);
  if (!fd.ok()) return fd.status();
  // Not the wall clock: it may be set while we wait.
  const auto start = std::chrono::steady_clock::now();
  for (;;) {
    if (flock(fd->get(), LOCK_EX | LOCK_NB) == 0) return fd;
    if (errno != EWOULDBLOCK && errno != EINTR) {
      return ErrnoStatus(errno, "cannot lock", directory.PathOf(name));
    }
    const auto waited = std::chrono::steady_clock::now() - start;
    if (absl::FromChrono(waited) >= patience) {
      return absl::UnavailableError(absl::StrCat(
          "cannot lock ", QuotePath(directory.PathOf(name)),
          ": it has been held for ", absl::FormatDuration(patience)));
    }
    absl::SleepFor(kPause);
  }
}

}  // namespace extgate
