// Decoding one extent of a compressed erofs file.
#ifndef EXTGATE_ENGINE_IMAGE_EROFS_EXTENT_H_
#define EXTGATE_ENGINE_IMAGE_EROFS_EXTENT_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/image/erofs_clusters.h"
#include "engine/image/erofs_superblock.h"
#include "engine/image/image_reader.h"

namespace extgate {

// The first `wanted_bytes` (at most the extent's logical size) of `extent`,
// which is no fragment. DataLoss when it does not decode to that many.
absl::StatusOr<std::vector<uint8_t>> DecodeErofsExtent(
    ImageReader& image, const ErofsSuperblock& super, const ErofsExtent& extent,
    uint64_t wanted_bytes);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_EROFS_EXTENT_H_
