// Tells a block that contradicts its hash tree from a filesystem that is
// corrupt by itself: both are DataLoss to whoever reads the filesystem.
#ifndef EXTGATE_ENGINE_IMAGE_WATCHED_READER_H_
#define EXTGATE_ENGINE_IMAGE_WATCHED_READER_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "engine/image/image_reader.h"

namespace extgate {

// Passes reads on to `reader`, which must outlive it, and remembers the first
// that failed. Not thread-safe.
class WatchedReader : public ImageReader {
 public:
  // `block_bytes`: the size of the blocks that `reader` checks.
  WatchedReader(ImageReader& reader, uint64_t block_bytes)
      : reader_(reader), block_bytes_(block_bytes) {}

  uint64_t size_bytes() const override { return reader_.size_bytes(); }
  absl::Status ReadAt(uint64_t offset, absl::Span<uint8_t> out) override;

  // The offset in bytes of the first block that gave DataLoss; nullopt: none.
  std::optional<uint64_t> first_bad_offset() const { return bad_offset_; }

  // The first I/O error; OK: none.
  const absl::Status& io_error() const { return io_error_; }

 private:
  // Finds the block within a range that gave DataLoss.
  uint64_t FindBadBlock(uint64_t offset, uint64_t size);

  ImageReader& reader_;
  const uint64_t block_bytes_;
  std::optional<uint64_t> bad_offset_;
  absl::Status io_error_;
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_WATCHED_READER_H_
