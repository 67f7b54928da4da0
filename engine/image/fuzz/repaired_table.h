// A partition table behind whose checksums a fuzzer can get.
#ifndef EXTGATE_ENGINE_IMAGE_FUZZ_REPAIRED_TABLE_H_
#define EXTGATE_ENGINE_IMAGE_FUZZ_REPAIRED_TABLE_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace extgate {

// `image` with the checksums of its partition table made right, and with the
// primary's entries in the place of the backup's, as far as they lie inside.
std::vector<uint8_t> RepairedTable(absl::Span<const uint8_t> image);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_FUZZ_REPAIRED_TABLE_H_
