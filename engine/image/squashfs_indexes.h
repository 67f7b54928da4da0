// The indexes behind a squashfs: where the blocks of its tables lie.
#ifndef EXTGATE_ENGINE_IMAGE_SQUASHFS_INDEXES_H_
#define EXTGATE_ENGINE_IMAGE_SQUASHFS_INDEXES_H_

#include "absl/status/status.h"
#include "engine/image/image_reader.h"
#include "engine/image/squashfs_superblock.h"

namespace extgate {

// Checks what Linux (since 5.11, fs/squashfs/super.c) checks before it mounts:
// an image that it does not mount costs systemd all others too. From the end
// backwards come attributes, owners, exported inodes and fragments; each index
// ends exactly where the next table begins, and its blocks lie before it, in
// order, at most 8194 bytes apart. DataLoss where that is not so; otherwise
// I/O. Reads 4 KiB at a time.
absl::Status CheckSquashfsIndexes(ImageReader& image,
                                  const SquashfsSuperblock& super);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_SQUASHFS_INDEXES_H_
