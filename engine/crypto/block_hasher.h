// Hashing of dm-verity blocks and of byte streams.
#ifndef EXTGATE_ENGINE_CRYPTO_BLOCK_HASHER_H_
#define EXTGATE_ENGINE_CRYPTO_BLOCK_HASHER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "policy/hex_bytes.h"

namespace extgate {

// H(salt || block), dm-verity hash type 1 (kernel's verity documentation). Not
// thread-safe; one a thread.
class BlockHasher {
 public:
  // `algorithm` is the superblock's word: "sha256" or "sha512". Unimplemented
  // for any other.
  static absl::StatusOr<std::unique_ptr<BlockHasher>> Create(
      absl::string_view algorithm, absl::Span<const uint8_t> salt);
  virtual ~BlockHasher() = default;

  // Bytes of a digest: 32 or 64.
  virtual size_t digest_size() const = 0;

  // Writes digest_size() bytes to `digest`, which must be at least as long.
  virtual void Hash(absl::Span<const uint8_t> block,
                    absl::Span<uint8_t> digest) = 0;
};

// SHA-256 of a stream, for whole files and for content addresses.
class StreamDigest {
 public:
  static std::unique_ptr<StreamDigest> Create();
  virtual ~StreamDigest() = default;
  virtual void Update(absl::Span<const uint8_t> bytes) = 0;
  // Ends the stream; call once.
  virtual FileDigest Finish() = 0;
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_BLOCK_HASHER_H_
