// dm-verity: the superblock and the top of the hash tree.
// Format: kernel Documentation/admin-guide/device-mapper/verity.rst and
// cryptsetup's on-disk superblock (version 1, hash type 1).
#ifndef EXTGATE_ENGINE_IMAGE_VERITY_H_
#define EXTGATE_ENGINE_IMAGE_VERITY_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/image/image_reader.h"
#include "policy/evidence.h"
#include "policy/facts.h"

namespace extgate {

// Reads the superblock in `verity` and computes the root hash from the top hash
// block (from the data block itself when there is only one). Malformed: wrong
// magic, version, hash type, sizes not a power of two from 512 to 4096, salt
// over 256 bytes, data blocks beyond the data partition, a tree beyond the
// verity partition, padding within the superblock that is not zero.
// Unsupported: another algorithm than sha256 or sha512. Status: I/O only.
// The root hash does not speak of the UUID, nor of the number of data blocks
// and so of levels: whoever can write the superblock can make the data look
// shorter, or pass hash blocks of the same tree off as data; nothing else.
absl::StatusOr<Evidence<VerityTree>> ReadVerityTree(ImageReader& image,
                                                    const ByteRange& data,
                                                    const ByteRange& verity);

// Where each level of the tree lies, root level first, leaves last; empty for
// one data block. Offsets are within the verity partition.
std::vector<ByteRange> TreeLevels(const VerityTree& tree);

// Digests per hash block: the largest power of two that fits.
uint64_t HashesPerBlock(const VerityTree& tree);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_VERITY_H_
