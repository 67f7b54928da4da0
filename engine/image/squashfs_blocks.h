// Blocks of squashfs, decompressed: metadata of up to 8 KiB, data of up to a
// block. libsquashfs decompresses, into buffers that are sized here.
#ifndef EXTGATE_ENGINE_IMAGE_SQUASHFS_BLOCKS_H_
#define EXTGATE_ENGINE_IMAGE_SQUASHFS_BLOCKS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/image/image_reader.h"
#include "engine/image/squashfs_superblock.h"

namespace extgate {

// Not thread-safe; `image` must outlive it. Errors of all calls: DataLoss for
// what is outside the filesystem or does not decompress; otherwise I/O.
class SquashfsBlocks {
 public:
  struct Metadata {
    std::vector<uint8_t> bytes;  // 1 to 8192
    uint64_t next = 0;           // offset in bytes of the block behind it
  };

  static absl::StatusOr<std::unique_ptr<SquashfsBlocks>> Create(
      ImageReader& image, const SquashfsSuperblock& super);
  ~SquashfsBlocks();

  const SquashfsSuperblock& super() const { return super_; }

  // The metadata block at byte `offset`. Valid until the next call.
  absl::StatusOr<const Metadata*> ReadMetadata(uint64_t offset);

  // The data or fragment block at byte `offset`, whose u32 of size and flag is
  // `size_word`; at most a block's bytes.
  absl::StatusOr<std::vector<uint8_t>> ReadData(uint64_t offset,
                                                uint32_t size_word);

  // Plain bytes of the filesystem.
  absl::StatusOr<std::vector<uint8_t>> ReadPlain(uint64_t offset,
                                                 uint64_t size);

 private:
  struct Decompressor;

  SquashfsBlocks(ImageReader& image, const SquashfsSuperblock& super);

  absl::StatusOr<std::vector<uint8_t>> Decompress(
      absl::Span<const uint8_t> bytes, uint64_t most);

  ImageReader& image_;
  const SquashfsSuperblock super_;
  std::unique_ptr<Decompressor> decompressor_;
  std::map<uint64_t, Metadata> kept_;  // by offset; at most 64
};

// Reads metadata that runs on from block to block. Not thread-safe.
class SquashfsCursor {
 public:
  // Begins `offset` bytes into the block at byte `block`.
  SquashfsCursor(SquashfsBlocks& blocks, uint64_t block, uint64_t offset)
      : blocks_(blocks), block_(block), offset_(offset) {}

  // Fills `out` and moves behind it. DataLoss where the metadata ends.
  absl::Status Read(absl::Span<uint8_t> out);

  absl::StatusOr<std::vector<uint8_t>> Take(uint64_t size);

 private:
  SquashfsBlocks& blocks_;
  uint64_t block_;
  uint64_t offset_;
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_SQUASHFS_BLOCKS_H_
