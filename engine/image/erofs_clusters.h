// Where the compressed content of an erofs inode lies: from an offset in the
// file to the run of clusters that holds it.
// Format: kernel Documentation/filesystems/erofs.rst, "compression", and the
// index layouts that fs/erofs/erofs_fs.h describes.
#ifndef EXTGATE_ENGINE_IMAGE_EROFS_CLUSTERS_H_
#define EXTGATE_ENGINE_IMAGE_EROFS_CLUSTERS_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/image/erofs_inode.h"
#include "engine/image/erofs_superblock.h"
#include "engine/image/image_reader.h"

namespace extgate {

// How an extent's bytes are stored.
enum class ErofsEncoding {
  kShifted,     // as they are
  kInterlaced,  // as they are, turned so that blocks stay aligned
  kLz4,         // one LZ4 block
  kLzma,        // one MicroLZMA stream
  kDeflate,     // one raw deflate stream (RFC 1951)
  kZstd,        // one Zstandard frame (RFC 8878)
  kFragment,    // not here: in the packed inode
};

// A run of a file's bytes that is decoded as one.
struct ErofsExtent {
  ErofsEncoding encoding = ErofsEncoding::kShifted;
  uint64_t logical_offset = 0;  // bytes within the file
  uint64_t logical_size = 0;    // bytes, 1 to 12 MiB
  // Bytes within the image; of a fragment, within the packed inode.
  uint64_t physical_offset = 0;
  uint64_t physical_size = 0;  // bytes; 0 for a fragment, else up to 1 MiB
};

// The cluster indexes of one inode. Not thread-safe; `image` must outlive it.
class ErofsClusterMap {
 public:
  // Reads the map header of an inode of a compressed layout. DataLoss: it
  // contradicts itself. Unimplemented: another algorithm than LZ4, or
  // clusters not read here. Otherwise I/O.
  static absl::StatusOr<ErofsClusterMap> Open(ImageReader& image,
                                              const ErofsSuperblock& super,
                                              const ErofsInode& inode);

  // The extent that holds byte `offset` of the file, which must be less than
  // its size. Errors as Open.
  absl::StatusOr<ErofsExtent> ExtentAt(uint64_t offset);

 private:
  enum class Kind { kPlain = 0, kHead1 = 1, kInner = 2, kHead2 = 3 };

  // One logical cluster: a block's worth of the file.
  struct Cluster {
    Kind kind = Kind::kPlain;
    // Of a head: where in this cluster its extent begins, in bytes, and the
    // block where its data begins.
    uint64_t begins = 0;
    uint64_t block = 0;
    // Of an inner one: clusters back to its head, and the blocks of its
    // extent's data where it says so (0: it does not).
    uint64_t back = 0;
    uint64_t data_blocks = 0;
  };

  // An entry of a compact pack, as it stands.
  struct PackedEntry {
    Kind kind = Kind::kPlain;
    uint32_t low = 0;
  };

  // The compact pack that holds a cluster's entry.
  struct Pack {
    uint64_t offset = 0;   // bytes within the image
    uint32_t entries = 0;  // 2 or 16
    uint32_t index = 0;    // of the entry asked for
    uint64_t size() const { return entries == 2 ? 8 : 32; }
  };

  struct PackContent {
    std::vector<PackedEntry> entries;
    uint32_t base_block = 0;  // its data begins there, or one block later
  };

  ErofsClusterMap(ImageReader& image, const ErofsSuperblock& super,
                  const ErofsInode& inode)
      : image_(&image), super_(super), inode_(inode) {}

  absl::Status ReadHeader();
  absl::StatusOr<Cluster> Load(uint64_t number);
  absl::StatusOr<Cluster> LoadFull(uint64_t number);
  absl::StatusOr<Cluster> LoadCompact(uint64_t number);
  absl::StatusOr<PackContent> ReadPack(const Pack& pack);
  Cluster InnerOf(const std::vector<PackedEntry>& entries,
                  uint32_t index) const;
  absl::StatusOr<uint64_t> BlocksBefore(const std::vector<PackedEntry>& entries,
                                        uint32_t index) const;
  Pack PackOf(uint64_t number) const;
  // First byte behind the index of cluster `number` (behind its pack).
  uint64_t IndexEnd(uint64_t number) const;
  absl::StatusOr<uint64_t> DataBlocks(uint64_t number, Kind kind);
  absl::StatusOr<uint64_t> ExtentEnd(uint64_t head);
  absl::StatusOr<ErofsExtent> Place(uint64_t head, const Cluster& cluster,
                                    ErofsExtent extent);
  absl::StatusOr<ErofsEncoding> EncodingOf(Kind kind) const;

  bool compact() const {
    return inode_.layout == ErofsLayout::kCompressedCompact;
  }

  ImageReader* image_;
  ErofsSuperblock super_;
  ErofsInode inode_;
  uint64_t index_offset_ = 0;  // bytes, of the first index
  uint16_t advise_ = 0;
  uint8_t algorithms_ = 0;       // low half: head 1; high half: head 2
  uint64_t tail_bytes_ = 0;      // of the data inlined behind the indexes
  bool whole_fragment_ = false;  // the whole file lies in the packed inode
  uint64_t fragment_offset_ = 0;
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_EROFS_CLUSTERS_H_
