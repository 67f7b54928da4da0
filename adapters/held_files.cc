// Ways in: Hold, then Unchanged.
#include "adapters/held_files.h"

#include <fcntl.h>
#include <sys/resource.h>

#include <cerrno>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "adapters/file_image_reader.h"
#include "adapters/io_status.h"
#include "adapters/open_file_state.h"
#include "adapters/unique_fd.h"

namespace extgate {

struct HeldFiles::Held {
  std::function<absl::StatusOr<std::unique_ptr<ImageReader>>()> open;
  std::string path;
  bool tried = false;
  absl::Status status = absl::OkStatus();  // of the first try
  // Of a file of the host, with its descriptor.
  std::unique_ptr<ImageReader> reader = nullptr;
  int fd = -1;
  std::optional<OpenFileState> state = std::nullopt;
};

HeldFiles::HeldFiles() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  // Where that is refused, the file that is one too many says so.
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return;
}

HeldFiles::~HeldFiles() = default;

void HeldFiles::Hold(std::vector<OfferedFile>& files) {
  for (OfferedFile& file : files) {
    files_.push_back(
        std::make_unique<Held>(Held{std::move(file.open), file.path}));
    file.open = [held = files_.back().get()] { return Open(*held); };
  }
}

absl::StatusOr<std::unique_ptr<ImageReader>> HeldFiles::Open(Held& held) {
  if (!held.tried) {
    held.tried = true;
    auto reader = held.open();
    held.status = reader.status();
    if (!reader.ok()) return reader;
    const auto* file = dynamic_cast<const FileImageReader*>(reader->get());
    if (file == nullptr) return reader;
    auto state = OpenFileState::Of(file->fd(), held.path);
    held.status = state.status();
    if (!state.ok()) return held.status;
    held.state = *std::move(state);
    held.fd = file->fd();
    held.reader = *std::move(reader);
  }
  if (!held.status.ok()) return held.status;
  if (held.reader == nullptr) return held.open();
  UniqueFd fd(fcntl(held.fd, F_DUPFD_CLOEXEC, 0));
  if (!fd.valid()) return ErrnoStatus(errno, "open", held.path);
  auto reader = FileImageReader::FromFd(std::move(fd), held.path);
  if (!reader.ok()) return reader.status();
  return *std::move(reader);
}

absl::Status HeldFiles::Unchanged() const {
  for (const std::unique_ptr<Held>& held : files_) {
    if (!held->state.has_value()) continue;
    absl::Status status = held->state->Unchanged();
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace extgate
