// Random access to the bytes of one image: the only way that parsers see it.
#ifndef EXTGATE_ENGINE_IMAGE_IMAGE_READER_H_
#define EXTGATE_ENGINE_IMAGE_IMAGE_READER_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/span.h"

namespace extgate {

// Implementations hold one open descriptor (adapters), a buffer (tests), or
// another reader (a window of it, or a verified view). The first two may be
// read by several threads at a time, the last may not.
class ImageReader {
 public:
  virtual ~ImageReader() = default;

  // The size in bytes, fixed while the reader lives.
  virtual uint64_t size_bytes() const = 0;

  // Fills `out` from `offset`, whole or not at all. OutOfRange when the range
  // does not lie inside the image (also where offset + size overflows);
  // DataLoss where a verified view finds a block that contradicts its hash
  // tree; Unavailable on an I/O error, and when the file shrank meanwhile.
  virtual absl::Status ReadAt(uint64_t offset, absl::Span<uint8_t> out) = 0;
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_IMAGE_READER_H_
