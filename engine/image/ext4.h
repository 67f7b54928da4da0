// A read-only reader of ext4 filesystems, built for hostile images: libext2fs
// finds inodes and blocks, and what it is known to believe is checked before.
// Format: kernel Documentation/filesystems/ext4.
#ifndef EXTGATE_ENGINE_IMAGE_EXT4_H_
#define EXTGATE_ENGINE_IMAGE_EXT4_H_

#include <memory>

#include "absl/status/statusor.h"
#include "engine/image/filesystem.h"
#include "engine/image/image_reader.h"
#include "engine/image/node_tree.h"
#include "policy/values.h"

namespace extgate {

// Opens the ext4 that begins at byte 0 of `image`, which must outlive it,
// mounted as `designator` says (of a usr partition, paths begin with `usr/`).
// No journal is replayed. Errors: DataLoss (no ext4, or corrupt), Unimplemented
// (a feature that is not read here, by name, a journal to recover among them),
// Unavailable (I/O).
absl::StatusOr<std::unique_ptr<Filesystem>> OpenExt4(ImageReader& image,
                                                     Designator designator);

// The same, as inodes that are mounted nowhere yet.
absl::StatusOr<std::unique_ptr<NodeTree>> OpenExt4Tree(ImageReader& image);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_EXT4_H_
