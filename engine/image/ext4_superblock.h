// The superblock of an ext4 filesystem, looked at before libext2fs believes it.
// Format: kernel Documentation/filesystems/ext4/super.rst.
#ifndef EXTGATE_ENGINE_IMAGE_EXT4_SUPERBLOCK_H_
#define EXTGATE_ENGINE_IMAGE_EXT4_SUPERBLOCK_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "engine/image/image_reader.h"

namespace extgate {

// A value means: all features are read here, every size is one that the kernel
// mounts, the filesystem lies inside the image, and its group descriptors take
// at most 16 MiB.
struct Ext4Superblock {
  uint64_t block_bytes = 0;  // 1 KiB to 64 KiB
  uint64_t blocks = 0;       // count
  uint64_t inode_bytes = 0;  // 128 to block_bytes
  uint32_t inodes = 0;       // count; inode numbers begin with 1
  uint32_t first_inode = 0;  // that is not reserved
  bool entry_types = false;  // directory entries say the type
  bool hashed = false;       // directories may have a hash tree
  bool large_directories = false;
  bool extents = false;
  bool inline_data = false;
  bool xattr_inodes = false;
};

// Reads it at byte 1024. DataLoss: no ext4, or it contradicts itself or the
// image's size. Unimplemented: a feature that is not read here, by name.
// Otherwise I/O.
absl::StatusOr<Ext4Superblock> ReadExt4Superblock(ImageReader& image);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_EXT4_SUPERBLOCK_H_
