// The data partition of an image, every block checked against the hash tree
// before a byte of it is handed out.
#ifndef EXTGATE_ENGINE_IMAGE_VERIFIED_READER_H_
#define EXTGATE_ENGINE_IMAGE_VERIFIED_READER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "engine/image/image_reader.h"
#include "policy/facts.h"

namespace extgate {

// A reader of `data` within `image`; offset 0 is the first byte of the
// partition, its size is tree.data_blocks × data_block_size. Reads verify from
// the root hash down and keep a bounded number of verified hash blocks (at most
// 4 MiB) and of data blocks (at most 1 MiB), so that no byte is hashed twice in
// ordinary use. ReadAt gives DataLoss as BlockVerifier::Check does, and leaves
// `out` zeroed then. InvalidArgument when `tree` is not one that ReadVerityTree
// gives, or a partition is beyond the file. `image` must outlive it.
absl::StatusOr<std::unique_ptr<ImageReader>> OpenVerified(
    ImageReader& image, const ByteRange& data, const ByteRange& verity,
    const VerityTree& tree);

// Reads all of `data` in pieces of 1 MiB, in order, against the tree. Ends at
// the first block that contradicts it: its offset is set, and complete is
// false. Status: I/O, and a tree or partition that is beyond the file.
absl::StatusOr<DataCheck> VerifyAllData(ImageReader& image,
                                        const ByteRange& data,
                                        const ByteRange& verity,
                                        const VerityTree& tree);

// A plain window of `image`, for data without a tree. `image` must outlive it.
std::unique_ptr<ImageReader> OpenWindow(ImageReader& image,
                                        const ByteRange& range);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_VERIFIED_READER_H_
