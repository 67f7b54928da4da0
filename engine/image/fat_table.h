// The file allocation table: which cluster follows which.
#ifndef EXTGATE_ENGINE_IMAGE_FAT_TABLE_H_
#define EXTGATE_ENGINE_IMAGE_FAT_TABLE_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/image/fat_boot_sector.h"
#include "engine/image/image_reader.h"

namespace extgate {

// Clusters that lie one behind the other.
struct FatRun {
  uint32_t first = 0;
  uint32_t count = 0;
};

// All clusters of a file or directory, in their order.
struct FatChain {
  std::vector<FatRun> runs;
  uint64_t clusters = 0;
};

// A file in more pieces is not read: a chain takes 512 KiB at most.
inline constexpr size_t kMaxFatRuns = 65536;

// Reads every copy of the table, in pieces that it keeps: 3 KiB a copy. Source:
// "FAT: General Overview of On-Disk Format", "FAT". Thread-compatible; `image`
// must outlive it.
class FatTable {
 public:
  FatTable(ImageReader& image, const FatGeometry& geometry);

  // The chain that begins at cluster `first`, up to its end, of `most` clusters
  // at most. DataLoss, with the cluster: a cluster that does not exist, is free
  // or bad, a loop, more than `most`, copies of the table that differ.
  // ResourceExhausted: more than kMaxFatRuns. Unavailable: I/O.
  absl::StatusOr<FatChain> Chain(uint32_t first, uint64_t most);

 private:
  // A piece of one copy that was read last.
  struct Window {
    uint64_t offset = 0;  // in its copy
    std::vector<uint8_t> bytes;
  };

  // The entry of a cluster that exists, in one copy, and in all alike.
  absl::StatusOr<uint32_t> EntryIn(uint32_t copy, uint32_t cluster);
  absl::StatusOr<uint32_t> EntryOf(uint32_t cluster);
  bool EndsChain(uint32_t entry) const;

  ImageReader* image_;
  FatGeometry geometry_;
  std::vector<Window> windows_;  // one a copy
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_FAT_TABLE_H_
