// Way in: Crc32, by zlib: two copies of a table of 16 KiB are summed while a
// boot waits.
#include "engine/image/crc32.h"

#include <zlib.h>

namespace extgate {

uint32_t Crc32(absl::Span<const uint8_t> bytes) {
  // zlib takes a null pointer for the wish to learn the initial value.
  if (bytes.empty()) return 0;
  return static_cast<uint32_t>(crc32_z(0, bytes.data(), bytes.size()));
}

}  // namespace extgate
