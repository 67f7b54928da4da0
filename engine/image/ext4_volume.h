// libext2fs over an ImageReader: what extgate has it do, and nothing else.
#ifndef EXTGATE_ENGINE_IMAGE_EXT4_VOLUME_H_
#define EXTGATE_ENGINE_IMAGE_EXT4_VOLUME_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/image/ext4_inode.h"
#include "engine/image/ext4_superblock.h"
#include "engine/image/image_reader.h"

namespace extgate {

// One filesystem, opened to read. Not thread-safe. Checksums are verified where
// the filesystem has them. Errors of every call: DataLoss, ResourceExhausted
// (no memory), and those of the image.
class Ext4Volume {
 public:
  // `image`, whose superblock `super` is, must outlive the volume.
  static absl::StatusOr<std::unique_ptr<Ext4Volume>> Open(
      ImageReader& image, const Ext4Superblock& super);
  ~Ext4Volume();
  Ext4Volume(const Ext4Volume&) = delete;
  Ext4Volume& operator=(const Ext4Volume&) = delete;

  const Ext4Superblock& super() const { return super_; }

  absl::StatusOr<Ext4Inode> ReadInode(uint64_t number);

  // The first `size` bytes that the block map of `inode` leads to; holes are
  // zeros.
  absl::StatusOr<std::string> ReadMapped(const Ext4Inode& inode, uint64_t size);

  // A block of extended attributes.
  absl::StatusOr<std::vector<uint8_t>> ReadXattrBlock(uint64_t block);

  // Whether a directory's block, of block_bytes, is as its checksum says.
  bool IsWhole(const Ext4Inode& directory, absl::Span<const uint8_t> block);

  // The hash of a name in a directory's hash tree, lowest bit 0. `version`: as
  // the tree's root has it. DataLoss: there is no such version.
  absl::StatusOr<uint32_t> NameHash(uint8_t version, absl::string_view name);

  // The checksum by which the inode of an attribute's value knows it.
  uint32_t ValueHash(absl::string_view value);

 private:
  struct Handle;
  Ext4Volume(const Ext4Superblock& super, std::unique_ptr<Handle> handle);

  const Ext4Superblock super_;
  const std::unique_ptr<Handle> handle_;
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_EXT4_VOLUME_H_
