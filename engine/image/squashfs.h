// A read-only reader of squashfs 4.0 filesystems, built for hostile images.
// Format: kernel Documentation/filesystems/squashfs.rst.
#ifndef EXTGATE_ENGINE_IMAGE_SQUASHFS_H_
#define EXTGATE_ENGINE_IMAGE_SQUASHFS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "engine/image/filesystem.h"
#include "engine/image/image_reader.h"
#include "engine/image/node_tree.h"
#include "policy/values.h"

namespace extgate {

// Opens the squashfs that begins at byte 0 of `image`, which must outlive it,
// mounted as `designator` says (of a usr partition, paths begin with `usr/`).
// Reads gzip, xz, lz4 and zstd. Errors: DataLoss (no squashfs, or corrupt),
// Unimplemented (another version or compressor, by name), Unavailable (I/O).
absl::StatusOr<std::unique_ptr<Filesystem>> OpenSquashfs(ImageReader& image,
                                                         Designator designator);

// The same, as inodes that are mounted nowhere yet.
absl::StatusOr<std::unique_ptr<NodeTree>> OpenSquashfsTree(ImageReader& image);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_SQUASHFS_H_
