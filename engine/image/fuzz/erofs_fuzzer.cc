// An erofs filesystem, as it is and without what would stop a change early (its
// checksum): read alike twice, and below `usr` as a usr partition.
#include <vector>

#include "absl/types/span.h"
#include "engine/image/erofs.h"
#include "engine/image/fuzz/tree_walk.h"
#include "fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  extgate::FuzzInput input(data, size);
  const absl::Span<const uint8_t> image = input.Rest();
  extgate::CheckFilesystem(image, extgate::OpenErofs, "erofs");
  // The superblock is at 1024; bit 0 of its byte 8 says that it has a checksum.
  if (image.size() < 1152) return 0;
  std::vector<uint8_t> unsealed(image.begin(), image.end());
  unsealed[1024 + 8] &= 0xfe;
  extgate::CheckFilesystem(unsealed, extgate::OpenErofs, "erofs");
  return 0;
}
