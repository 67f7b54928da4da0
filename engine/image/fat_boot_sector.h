// Where the parts of a FAT volume lie, as its boot sector says it.
#ifndef EXTGATE_ENGINE_IMAGE_FAT_BOOT_SECTOR_H_
#define EXTGATE_ENGINE_IMAGE_FAT_BOOT_SECTOR_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "engine/image/image_reader.h"

namespace extgate {

enum class FatType { kFat12, kFat16, kFat32 };

// Offsets and sizes in bytes of the image; everything lies inside it.
struct FatGeometry {
  FatType type = FatType::kFat12;
  uint32_t fat_copies = 0;  // 1 to 4, one behind the other
  uint64_t fat_offset = 0;  // of the first
  uint64_t fat_size = 0;    // of one; it has an entry for every cluster
  // The root directory of FAT12 and FAT16, which is no chain of clusters.
  uint64_t root_offset = 0;
  uint64_t root_size = 0;     // 0: FAT32
  uint32_t root_cluster = 0;  // FAT32: where the root directory begins
  uint64_t data_offset = 0;   // of cluster 2, the first there is
  uint64_t cluster_size = 0;
  uint32_t cluster_count = 0;

  bool HasCluster(uint32_t cluster) const {
    return cluster >= 2 && cluster - 2 < cluster_count;
  }
  // Of a cluster that there is.
  uint64_t OffsetOf(uint32_t cluster) const {
    return data_offset + (cluster - 2) * cluster_size;
  }
};

// Reads the boot sector of the volume that begins at byte 0 of `image`. Source:
// "FAT: General Overview of On-Disk Format" (Microsoft, 1.03), "Boot Sector and
// BPB"; ECMA-107. The number of clusters decides the type. InvalidArgument,
// with the offset: no FAT, or fields that contradict each other or the size of
// the image, or that firmware (EDK2) or Linux refuses, as a FAT32 of fewer than
// 65525 clusters, or one whose FATs are no mirrors. Unavailable: I/O.
absl::StatusOr<FatGeometry> ReadFatBootSector(ImageReader& image);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_FAT_BOOT_SECTOR_H_
