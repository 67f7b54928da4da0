// A squashfs filesystem: read alike twice, and below `usr` as a usr partition.
#include "engine/image/fuzz/tree_walk.h"
#include "engine/image/squashfs.h"
#include "fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  extgate::FuzzInput input(data, size);
  extgate::CheckFilesystem(input.Rest(), extgate::OpenSquashfs, "squashfs");
  return 0;
}
