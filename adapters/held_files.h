// Files that are opened once however often they are read, so that what is
// hashed is what was decided about.
#ifndef EXTGATE_ADAPTERS_HELD_FILES_H_
#define EXTGATE_ADAPTERS_HELD_FILES_H_

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/image/image_reader.h"
#include "engine/pcr/prediction.h"

namespace extgate {

// Not thread-safe.
class HeldFiles {
 public:
  // Lets the process have as many files open as it may, for each takes one.
  HeldFiles();
  ~HeldFiles();

  // From now on each of `files` opens the file of the host that it opened
  // first, or says what it said then, whatever comes to lie there. Those within
  // a FAT in a file stay as they are: they are not files of the host. `files`
  // and copies of them may open nothing once this is gone.
  void Hold(std::vector<OfferedFile>& files);

  // Of those that were opened: errors of OpenFileState::Unchanged().
  absl::Status Unchanged() const;

 private:
  struct Held;

  static absl::StatusOr<std::unique_ptr<ImageReader>> Open(Held& held);

  std::vector<std::unique_ptr<Held>> files_;
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_HELD_FILES_H_
