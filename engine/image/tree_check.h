// All data of an image against its hash tree, on all processors.
#ifndef EXTGATE_ENGINE_IMAGE_TREE_CHECK_H_
#define EXTGATE_ENGINE_IMAGE_TREE_CHECK_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/image/block_verifier.h"
#include "engine/image/image_reader.h"
#include "policy/facts.h"

namespace extgate {

struct TreeCheck {
  DataCheck data_check;
  // What the check of first_bad_offset ended at; nullopt: all data is right.
  std::optional<BadBlock> bad_block;
};

struct TreeCheckOptions {
  // How many work at it, the caller's thread among them, at least 1.
  size_t threads = 1;
  // Where the tree is read from; nullptr: from the image.
  ImageReader* tree_image = nullptr;
  // Given each run of data that was found right, with its offset in the image.
  // Called from all threads, in no order; a failure ends the check with it.
  std::function<absl::Status(uint64_t offset, absl::Span<const uint8_t> bytes)>
      take;
  // Told now and then how many bytes are done, of those that the tree covers.
  // Called from all threads, never from two at a time.
  std::function<void(uint64_t done, uint64_t total)> progress;
};

// As many threads as `bytes` to check are worth: one for each processor that is
// online, at most 16, and each with 4 MiB to do at least.
size_t TreeCheckThreads(uint64_t bytes);

// The bytes of the image that `tree` covers, those behind them in the partition
// left out.
ByteRange CoveredData(const Layout& layout, const VerityTree& tree);

// Where `block` lies: bytes from the start of the image.
uint64_t OffsetInImage(const BadBlock& block, const Layout& layout,
                       const VerityTree& tree);

// Reads the data of `image` once and checks every block of it against `tree`,
// in `layout.verity`, which must be set. Ends at the first block, in the order
// of the data, that cannot be shown to be right, however many threads there
// are. No thread outlives the call; `image` and options.tree_image must allow
// to be read by several. Errors: InvalidArgument (see BlockVerifier::Create),
// Unavailable and OutOfRange on I/O, and those of options.take.
absl::StatusOr<TreeCheck> CheckTree(ImageReader& image, const Layout& layout,
                                    const VerityTree& tree,
                                    const TreeCheckOptions& options);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_TREE_CHECK_H_
