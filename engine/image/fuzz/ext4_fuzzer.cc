// An ext4 filesystem, as it is and without what would stop a change early (its
// checksums): read alike twice, and below `usr` as a usr partition.
#include <vector>

#include "absl/types/span.h"
#include "engine/image/ext4.h"
#include "engine/image/fuzz/tree_walk.h"
#include "fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  extgate::FuzzInput input(data, size);
  const absl::Span<const uint8_t> image = input.Rest();
  extgate::CheckFilesystem(image, extgate::OpenExt4, "ext4");
  // Bits 0x10 and 0x400 of the superblock's word at byte 100: checksums of
  // group descriptors, and of everything.
  if (image.size() < 2048) return 0;
  std::vector<uint8_t> unsealed(image.begin(), image.end());
  unsealed[1024 + 100] &= 0xef;
  unsealed[1024 + 101] &= 0xfb;
  extgate::CheckFilesystem(unsealed, extgate::OpenExt4, "ext4");
  return 0;
}
