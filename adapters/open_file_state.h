// Whether an open file is still as it was.
#ifndef EXTGATE_ADAPTERS_OPEN_FILE_STATE_H_
#define EXTGATE_ADAPTERS_OPEN_FILE_STATE_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace extgate {

// The size of an open file and the times of its last changes (StampOf()) at one
// instant. A write within one tick of the file system's clock after the write
// before is not seen (some milliseconds, on FAT two seconds), nor one through a
// memory mapping whose page was written to already.
class OpenFileState {
 public:
  // `fd` has to stay open while this is asked; `path` is for messages. Errors
  // as ErrnoStatus().
  static absl::StatusOr<OpenFileState> Of(int fd, std::string path);

  // Unavailable: the file has changed since, or another one has its name.
  absl::Status Unchanged() const;

 private:
  OpenFileState(int fd, std::string path, std::string stamp)
      : fd_(fd), path_(std::move(path)), stamp_(std::move(stamp)) {}

  int fd_;
  std::string path_;
  std::string stamp_;
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_OPEN_FILE_STATE_H_
