// A read-only reader of erofs filesystems, built for hostile images.
// Format: kernel Documentation/filesystems/erofs.rst.
#ifndef EXTGATE_ENGINE_IMAGE_EROFS_H_
#define EXTGATE_ENGINE_IMAGE_EROFS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "engine/image/filesystem.h"
#include "engine/image/image_reader.h"
#include "engine/image/node_tree.h"
#include "policy/values.h"

namespace extgate {

// Opens the erofs filesystem that begins at byte 0 of `image`, which must
// outlive it, mounted as `designator` says (of a usr partition, paths
// begin with `usr/`). Reads what mkfs.erofs writes by default and with LZ4,
// LZMA, DEFLATE or Zstandard in all their variants (big clusters, inlined
// tails, fragments, deduplication), and chunked files. Errors: DataLoss (no
// erofs, or corrupt), Unimplemented (a feature not read here, by name),
// Unavailable (I/O).
absl::StatusOr<std::unique_ptr<Filesystem>> OpenErofs(ImageReader& image,
                                                      Designator designator);

// The same, as inodes that are mounted nowhere yet.
absl::StatusOr<std::unique_ptr<NodeTree>> OpenErofsTree(ImageReader& image);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_EROFS_H_
