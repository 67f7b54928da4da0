// What a squashfs says of how it was compressed, behind its superblock: Linux
// reads it before anything else, and mounts nothing where it is wrong.
// Format: kernel fs/squashfs/decompressor.c, xz_wrapper.c, lz4_wrapper.c.
#ifndef EXTGATE_ENGINE_IMAGE_SQUASHFS_OPTIONS_H_
#define EXTGATE_ENGINE_IMAGE_SQUASHFS_OPTIONS_H_

#include "absl/status/status.h"
#include "engine/image/squashfs_blocks.h"
#include "engine/image/squashfs_superblock.h"

namespace extgate {

// OK where there are none and none are needed, or they are what Linux takes.
// DataLoss otherwise; and I/O.
absl::Status CheckSquashfsOptions(SquashfsBlocks& blocks,
                                  const SquashfsSuperblock& super);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_SQUASHFS_OPTIONS_H_
