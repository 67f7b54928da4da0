// The bytes of a file on a FAT volume.
#ifndef EXTGATE_ENGINE_IMAGE_FAT_FILE_H_
#define EXTGATE_ENGINE_IMAGE_FAT_FILE_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "engine/image/fat_boot_sector.h"
#include "engine/image/fat_table.h"
#include "engine/image/image_reader.h"

namespace extgate {

// Reads the first `size_bytes` of a chain, which has them, straight from
// `image`, which must outlive it. Keeps 16 bytes a run. Error of ReadAt beside
// those of ImageReader: DataLoss where the image became shorter.
class FatFile : public ImageReader {
 public:
  FatFile(ImageReader& image, const FatGeometry& geometry,
          const FatChain& chain, uint64_t size_bytes);
  uint64_t size_bytes() const override { return size_bytes_; }
  absl::Status ReadAt(uint64_t offset, absl::Span<uint8_t> out) override;

 private:
  struct Piece {
    uint64_t offset = 0;  // in the file; a piece ends where the next begins
    uint64_t place = 0;   // in the image
  };

  ImageReader& image_;
  uint64_t size_bytes_;
  std::vector<Piece> pieces_;  // by offset
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_FAT_FILE_H_
