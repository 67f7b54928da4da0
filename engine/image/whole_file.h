// The digest of a whole image and the check of all its data, in one pass.
#ifndef EXTGATE_ENGINE_IMAGE_WHOLE_FILE_H_
#define EXTGATE_ENGINE_IMAGE_WHOLE_FILE_H_

#include "absl/status/statusor.h"
#include "engine/image/image_reader.h"
#include "policy/facts.h"
#include "policy/hex_bytes.h"

namespace extgate {

struct WholeFile {
  FileDigest sha256;
  DataCheck data_check;  // of nothing, where there is no tree
};

// Reads `image` once from end to end, 1 MiB at a time. With a layout and a tree
// the data is hashed against the tree too, up to the first block that
// contradicts it. Status: I/O only.
absl::StatusOr<WholeFile> ReadWholeFile(ImageReader& image,
                                        const Layout* layout,
                                        const VerityTree* tree);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_WHOLE_FILE_H_
