// The superblock of an erofs filesystem.
// Format: kernel Documentation/filesystems/erofs.rst and the layout that
// fs/erofs/erofs_fs.h describes.
#ifndef EXTGATE_ENGINE_IMAGE_EROFS_SUPERBLOCK_H_
#define EXTGATE_ENGINE_IMAGE_EROFS_SUPERBLOCK_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "engine/image/image_reader.h"

namespace extgate {

// A value means: the magic, the checksum (where the filesystem has one) and the
// size fit, and every feature that it needs is read here.
struct ErofsSuperblock {
  uint32_t block_bits = 0;       // log2 of a block's bytes, 9 to 12
  bool zero_padding = false;     // compressed clusters are padded in front
  bool big_clusters = false;     // clusters of several blocks may occur
  uint64_t root_node = 0;        // inode numbers, in units of 32 bytes from the
  uint64_t packed_node = 0;      // metadata area; of the fragments' inode
  uint64_t metadata_offset = 0;  // bytes
  uint64_t shared_xattr_offset = 0;  // bytes

  uint64_t block_bytes() const { return uint64_t{1} << block_bits; }
};

// Reads it at byte 1024. DataLoss: wrong magic, checksum or block size, more
// blocks than the image has, and what keeps Linux from mounting it: a block
// larger than the usual page of 4 KiB, too many extension slots, and
// before 6.18 a volume name without end. Unimplemented: a feature or
// compression not read here, by name. Otherwise I/O.
absl::StatusOr<ErofsSuperblock> ReadErofsSuperblock(ImageReader& image);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_EROFS_SUPERBLOCK_H_
