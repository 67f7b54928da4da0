// The content of erofs inodes, whatever the layout.
#ifndef EXTGATE_ENGINE_IMAGE_EROFS_DATA_H_
#define EXTGATE_ENGINE_IMAGE_EROFS_DATA_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "engine/image/erofs_inode.h"
#include "engine/image/erofs_superblock.h"
#include "engine/image/image_reader.h"

namespace extgate {

// Fills `out` with the content of `inode` from byte `offset`. DataLoss: the
// range is not inside the file, or the filesystem contradicts itself.
// Unimplemented: a way of storing it that is not read here. Otherwise I/O.
absl::Status ReadErofsData(ImageReader& image, const ErofsSuperblock& super,
                           const ErofsInode& inode, uint64_t offset,
                           absl::Span<uint8_t> out);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_EROFS_DATA_H_
