// The superblock of a squashfs 4.0 filesystem.
// Format: kernel Documentation/filesystems/squashfs.rst, "Squashfs Filesystem
// Design".
#ifndef EXTGATE_ENGINE_IMAGE_SQUASHFS_SUPERBLOCK_H_
#define EXTGATE_ENGINE_IMAGE_SQUASHFS_SUPERBLOCK_H_

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "engine/image/image_reader.h"

namespace extgate {

// A value means: version 4.0, a compressor that is read here, and every table
// begins inside the filesystem, which lies inside the image.
struct SquashfsSuperblock {
  uint32_t block_bytes = 0;     // of a data block: 4 KiB to 1 MiB
  uint32_t fragment_count = 0;  // entries of the fragment table
  uint16_t compressor = 0;      // 1 gzip, 4 xz, 5 lz4, 6 zstd
  bool has_options = false;     // the compressor's, behind the superblock
  uint32_t inode_count = 0;
  uint64_t root_inode = 0;   // reference: block << 16 | offset in it
  uint64_t used_bytes = 0;   // the filesystem's size
  uint64_t inode_table = 0;  // offsets in bytes
  uint64_t directory_table = 0;
  uint16_t owner_count = 0;  // entries of the table of owners
  uint64_t owner_table = 0;
  std::optional<uint64_t> fragment_table;
  std::optional<uint64_t> xattr_table;
  std::optional<uint64_t> export_table;
};

// Reads it at byte 0. DataLoss: no squashfs, or it contradicts itself or the
// image's size. Unimplemented: another version, byte order or compressor.
// Otherwise I/O.
absl::StatusOr<SquashfsSuperblock> ReadSquashfsSuperblock(ImageReader& image);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_SQUASHFS_SUPERBLOCK_H_
