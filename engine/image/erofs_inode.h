// Inodes of erofs: the fixed part, and where what belongs to one begins.
// Format: kernel Documentation/filesystems/erofs.rst, "inodes".
#ifndef EXTGATE_ENGINE_IMAGE_EROFS_INODE_H_
#define EXTGATE_ENGINE_IMAGE_EROFS_INODE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/image/erofs_superblock.h"
#include "engine/image/filesystem.h"
#include "engine/image/image_reader.h"

namespace extgate {

// Where an inode keeps its content (i_format bits 1 to 3).
enum class ErofsLayout {
  kFlat = 0,               // one run of blocks
  kCompressedFull = 1,     // clusters, 8-byte indexes
  kFlatInline = 2,         // a run of blocks, its tail behind the inode
  kCompressedCompact = 3,  // clusters, 4- and 2-byte indexes
  kChunked = 4,            // chunks, anywhere
};

struct ErofsInode {
  uint64_t node = 0;
  NodeFacts facts;  // without attributes
  ErofsLayout layout = ErofsLayout::kFlat;
  // i_u: the first block of a flat inode, the format of a chunked one, or the
  // number of a device.
  uint32_t union_value = 0;
  uint64_t xattr_offset = 0;  // bytes within the image
  uint64_t xattr_size = 0;    // bytes, 0 to 256 KiB
  // First byte behind the inode and its xattrs.
  uint64_t end_offset() const { return xattr_offset + xattr_size; }
};

// Reads inode number `node`. DataLoss: outside the image, an unknown mode.
// Unimplemented: a layout or version not read here. Otherwise I/O.
absl::StatusOr<ErofsInode> ReadErofsInode(ImageReader& image,
                                          const ErofsSuperblock& super,
                                          uint64_t node);

// Hands the xattrs of `inode` to `visit`, the inline ones and then the shared
// ones, until it returns false. DataLoss: entries that do not fit.
// Unimplemented: a name with a long prefix. Otherwise I/O.
absl::Status VisitErofsXattrs(
    ImageReader& image, const ErofsSuperblock& super, const ErofsInode& inode,
    absl::FunctionRef<bool(absl::string_view name, absl::string_view value)>
        visit);

// The value of xattr `name`; nullopt if there is none. Errors as above, of what
// stands before it.
absl::StatusOr<std::optional<std::string>> ReadErofsXattr(
    ImageReader& image, const ErofsSuperblock& super, const ErofsInode& inode,
    absl::string_view name);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_EROFS_INODE_H_
