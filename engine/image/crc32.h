// CRC-32 as GUID partition tables use it.
#ifndef EXTGATE_ENGINE_IMAGE_CRC32_H_
#define EXTGATE_ENGINE_IMAGE_CRC32_H_

#include <cstdint>

#include "absl/types/span.h"

namespace extgate {

// The CRC-32 of ISO 3309 (polynomial 0x04c11db7, reflected), of all of `bytes`.
uint32_t Crc32(absl::Span<const uint8_t> bytes);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_CRC32_H_
