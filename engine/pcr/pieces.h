// Files that are too long to be in memory, one piece after the other.
#ifndef EXTGATE_ENGINE_PCR_PIECES_H_
#define EXTGATE_ENGINE_PCR_PIECES_H_

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/types/span.h"
#include "engine/image/image_reader.h"

namespace extgate {

// Calls `sink` with the `size` bytes of `file` from `offset` on, in order, at
// most 1 MiB at a time. Errors as ImageReader::ReadAt.
absl::Status ReadPieces(
    ImageReader& file, uint64_t offset, uint64_t size,
    absl::FunctionRef<void(absl::Span<const uint8_t>)> sink);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_PCR_PIECES_H_
