// A read-only reader of FAT12, FAT16 and FAT32 volumes, as EFI system
// partitions are; built for hostile images, and stricter than firmware: what
// two readers could see differently is an error. Format: "FAT: General Overview
// of On-Disk Format" (Microsoft, 1.03), ECMA-107.
#ifndef EXTGATE_ENGINE_IMAGE_FAT_H_
#define EXTGATE_ENGINE_IMAGE_FAT_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/image/fat_boot_sector.h"
#include "engine/image/fat_directory.h"
#include "engine/image/fat_table.h"
#include "engine/image/image_reader.h"

namespace extgate {

// The volume that begins at byte 0 of an image; directories are read when they
// are asked for. Errors of each function beside its own: DataLoss, with where,
// when what is asked for contradicts itself (see FatTable, ParseFatDirectory);
// Unavailable on I/O. A directory takes 2 MiB of memory at most, and some 10
// MiB what is in it. Thread-compatible; the image must outlive it and what it
// opened.
class FatVolume {
 public:
  // InvalidArgument, with the offset: no FAT, or one that contradicts itself
  // (see ReadFatBootSector).
  static absl::StatusOr<FatVolume> Open(ImageReader& image);

  FatType type() const { return geometry_.type; }

  // The root directory, whose name is empty.
  FatEntry Root() const;

  // What is in `directory`, which is of this volume, in its order. At most
  // 65536. A directory may be below itself: who walks has to bound the depth.
  // InvalidArgument: it is a file.
  absl::StatusOr<std::vector<FatEntry>> List(const FatEntry& directory);

  // What is at `path`, from the root, with `/` between names: `/EFI/BOOT`. A
  // name is a long or an 8.3 name (of ASCII), small and capital letters of
  // ASCII are alike. NotFound: there is none, or a file is on the way; DataLoss
  // also: there are two.
  absl::StatusOr<FatEntry> Find(absl::string_view path);

  // The bytes of `file`, which is of this volume: some 1.5 MiB of memory at
  // most, whatever its size. DataLoss also: its chain of clusters is longer or
  // shorter than its size asks for; ResourceExhausted: it is in more than
  // kMaxFatRuns pieces; InvalidArgument: it is a directory.
  absl::StatusOr<std::unique_ptr<ImageReader>> OpenFile(const FatEntry& file);

 private:
  FatVolume(ImageReader& image, const FatGeometry& geometry)
      : image_(&image), geometry_(geometry), table_(image, geometry) {}

  absl::StatusOr<std::vector<uint8_t>> ReadDirectory(const FatEntry& directory);
  absl::StatusOr<FatEntry> FindIn(const FatEntry& directory,
                                  absl::string_view name);
  absl::StatusOr<FatChain> ChainOf(const FatEntry& file);

  ImageReader* image_;
  FatGeometry geometry_;
  FatTable table_;
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_FAT_H_
