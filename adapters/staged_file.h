// A private file being filled below /run/extgate/images.
#ifndef EXTGATE_ADAPTERS_STAGED_FILE_H_
#define EXTGATE_ADAPTERS_STAGED_FILE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "adapters/directory.h"
#include "adapters/unique_fd.h"
#include "engine/ports.h"

namespace extgate {

// How the names of unfinished files begin.
inline constexpr char kUnfinishedPrefix[] = ".tmp-";

// ResourceExhausted where `size_bytes` more would leave the file system of
// `place` less than its reserve.
absl::Status CheckSpace(const Directory& place, uint64_t size_bytes);

// Not thread-safe. Unlinked on destruction unless committed.
class StagedFile : public PrivateFile {
 public:
  // A new file of `size_bytes` zero bytes in `images`. ResourceExhausted when
  // it would leave the file system less free space than its reserve: 5 %, at
  // least 16 MiB unless the file system is smaller than 64 MiB.
  static absl::StatusOr<std::unique_ptr<StagedFile>> Create(
      const Directory& images, uint64_t size_bytes);
  ~StagedFile() override;

  uint64_t size_bytes() const override { return size_bytes_; }
  absl::Status ReadAt(uint64_t offset, absl::Span<uint8_t> out) override;
  // OutOfRange beyond the size; FailedPrecondition once committed.
  absl::Status WriteAt(uint64_t offset,
                       absl::Span<const uint8_t> bytes) override;

  // Makes it read-only and gives it its name, over what had it.
  absl::Status Commit(absl::string_view file_name);

 private:
  StagedFile(Directory images, std::string name, UniqueFd fd,
             uint64_t size_bytes)
      : images_(std::move(images)),
        name_(std::move(name)),
        fd_(std::move(fd)),
        size_bytes_(size_bytes) {}

  Directory images_;
  std::string name_;  // empty once committed
  UniqueFd fd_;
  uint64_t size_bytes_;
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_STAGED_FILE_H_
