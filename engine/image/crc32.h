// CRC-32 as GUID partition tables use it, and CRC-32C as filesystems do.
#ifndef EXTGATE_ENGINE_IMAGE_CRC32_H_
#define EXTGATE_ENGINE_IMAGE_CRC32_H_

#include <cstdint>

#include "absl/types/span.h"

namespace extgate {

// The CRC-32 of ISO 3309 (polynomial 0x04c11db7, reflected), of all of `bytes`.
uint32_t Crc32(absl::Span<const uint8_t> bytes);

// The number by which the kernel, mkfs.erofs and mkfs.ext4 know a CRC-32C:
// polynomial 0x1edc6f41 reflected, starting from all ones, not inverted at the
// end.
uint32_t Crc32c(absl::Span<const uint8_t> bytes);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_CRC32_H_
