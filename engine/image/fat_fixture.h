// For tests of the FAT reader: volumes made by mkfs.vfat and mtools, and
// readers of them.
#ifndef EXTGATE_ENGINE_IMAGE_FAT_FIXTURE_H_
#define EXTGATE_ENGINE_IMAGE_FAT_FIXTURE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/image/fat.h"
#include "engine/image/image_reader.h"

namespace extgate {

// Runs a shell command line, which must succeed, with mkfs.vfat and mtools at
// hand, and returns its output. Aborts the program if it fails.
std::string RunFatTool(const std::string& command);

// A new volume in a file of `size_kib` KiB below the test's temporary
// directory, by mkfs.vfat with `options`; returns its path.
std::string MakeFatVolume(absl::string_view options, uint64_t size_kib);

// Writes over what is in a file.
void PatchFile(const std::string& path, uint64_t offset,
               absl::Span<const uint8_t> bytes);

// A file of this machine, read where it is asked for: volumes are sparse.
class VolumeFile : public ImageReader {
 public:
  explicit VolumeFile(const std::string& path);
  ~VolumeFile() override;
  VolumeFile(const VolumeFile&) = delete;
  VolumeFile& operator=(const VolumeFile&) = delete;
  uint64_t size_bytes() const override { return size_bytes_; }
  absl::Status ReadAt(uint64_t offset, absl::Span<uint8_t> out) override;

 private:
  int descriptor_;
  uint64_t size_bytes_ = 0;
};

// Another reader's bytes; counts them.
class CountedReader : public ImageReader {
 public:
  explicit CountedReader(ImageReader& image) : image_(image) {}
  uint64_t size_bytes() const override { return image_.size_bytes(); }
  absl::Status ReadAt(uint64_t offset, absl::Span<uint8_t> out) override;
  uint64_t bytes_read() const { return bytes_read_; }

 private:
  ImageReader& image_;
  uint64_t bytes_read_ = 0;
};

// All bytes of `file`, which must be readable.
std::string WholeFatFile(FatVolume& volume, const FatEntry& file);

// Asks everything of the volume in `image` that a small one can be asked, with
// whatever outcome, and returns every answer as text: for broken volumes.
std::string ExerciseFat(ImageReader& image);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_FAT_FIXTURE_H_
