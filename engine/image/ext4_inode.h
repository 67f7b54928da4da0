// An inode of ext4.
// Format: kernel Documentation/filesystems/ext4/inodes.rst.
#ifndef EXTGATE_ENGINE_IMAGE_EXT4_INODE_H_
#define EXTGATE_ENGINE_IMAGE_EXT4_INODE_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/image/ext4_superblock.h"
#include "engine/image/filesystem.h"

namespace extgate {

struct Ext4Inode {
  // Where the content is.
  enum class Place {
    kBlocks,  // that the inode's map names
    kMap,     // in the place of the map: the target of a short symlink
    kInline,  // there, and behind it in the attribute "system.data"
  };

  uint32_t number = 0;
  NodeFacts facts;  // without its attributes
  Place place = Place::kBlocks;
  bool hashed = false;       // a directory with a hash tree
  bool holds_xattr = false;  // it is the value of an attribute, not a file
  uint32_t value_hash = 0;   // CRC-32C of that value
  uint64_t xattr_block = 0;  // 0: none
  // Of the attributes inside the inode: offset of the first in `bytes`; 0:
  // there is no room for any.
  uint64_t xattrs_at = 0;
  std::vector<uint8_t> bytes;  // all of it, as stored

  // What stands in the place of the block map, 60 bytes.
  absl::Span<const uint8_t> map() const {
    return absl::MakeConstSpan(bytes).subspan(40, 60);
  }
};

// The inode that `bytes`, of Ext4Superblock::inode_bytes, hold. DataLoss: it is
// deleted, or contradicts itself or the superblock. Unimplemented: encrypted.
absl::StatusOr<Ext4Inode> DecodeExt4Inode(std::vector<uint8_t> bytes,
                                          uint32_t number,
                                          const Ext4Superblock& super);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_EXT4_INODE_H_
