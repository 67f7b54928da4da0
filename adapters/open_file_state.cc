// Ways in: Of, then Unchanged.
#include "adapters/open_file_state.h"

#include <sys/stat.h>

#include <cerrno>

#include "adapters/file_stamp.h"
#include "adapters/io_status.h"

namespace extgate {
namespace {

absl::StatusOr<std::string> StampAt(int fd, const std::string& path) {
  struct stat info;
  if (fstat(fd, &info) != 0) return ErrnoStatus(errno, "look at", path);
  return StampOf(info);
}

}  // namespace

absl::StatusOr<OpenFileState> OpenFileState::Of(int fd, std::string path) {
  auto stamp = StampAt(fd, path);
  if (!stamp.ok()) return stamp.status();
  return OpenFileState(fd, std::move(path), *std::move(stamp));
}

absl::Status OpenFileState::Unchanged() const {
  const auto stamp = StampAt(fd_, path_);
  if (!stamp.ok()) return stamp.status();
  if (*stamp == stamp_) return absl::OkStatus();
  return AtPath(path_,
                absl::UnavailableError("it was changed while it was read"));
}

}  // namespace extgate
