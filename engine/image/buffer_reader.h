// An image that is a buffer in memory.
#ifndef EXTGATE_ENGINE_IMAGE_BUFFER_READER_H_
#define EXTGATE_ENGINE_IMAGE_BUFFER_READER_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "engine/image/image_reader.h"

namespace extgate {

// Reads `bytes`, which must outlive it. Thread-compatible. Error of ReadAt:
// OutOfRange only.
class BufferReader : public ImageReader {
 public:
  explicit BufferReader(absl::Span<const uint8_t> bytes) : bytes_(bytes) {}
  uint64_t size_bytes() const override { return bytes_.size(); }
  absl::Status ReadAt(uint64_t offset, absl::Span<uint8_t> out) override;

 private:
  absl::Span<const uint8_t> bytes_;
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_BUFFER_READER_H_
