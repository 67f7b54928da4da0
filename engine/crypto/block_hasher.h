// Hashing of dm-verity blocks and of byte streams.
#ifndef EXTGATE_ENGINE_CRYPTO_BLOCK_HASHER_H_
#define EXTGATE_ENGINE_CRYPTO_BLOCK_HASHER_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/crypto/sha256.h"
#include "policy/hex_bytes.h"

namespace extgate {

// H(salt || block), dm-verity hash type 1 (kernel's verity documentation). Not
// thread-safe; one a thread.
class BlockHasher {
 public:
  // `algorithm` is the superblock's word: "sha256" or "sha512". Unimplemented
  // for any other; as Prepare where that fails. For "sha256" the quickest of
  // Sha256Engines(), found out on the first blocks of many.
  static absl::StatusOr<std::unique_ptr<BlockHasher>> Create(
      absl::string_view algorithm, absl::Span<const uint8_t> salt);

  // Loads what Create needs for `algorithm`, for a process that may open no
  // file later. FailedPrecondition where the system has it not.
  static absl::Status Prepare(absl::string_view algorithm);

  // For "sha256", by the means of `engine`, one of Sha256Engines().
  static std::unique_ptr<BlockHasher> CreateSha256(
      absl::Span<const uint8_t> salt, Sha256Engine engine);

  virtual ~BlockHasher() = default;

  // Bytes of a digest: 32 or 64.
  virtual size_t digest_size() const = 0;

  // Writes the digest of one block, of any length; `digest` must be at least as
  // long as one, else the process ends.
  void Hash(absl::Span<const uint8_t> block, absl::Span<uint8_t> digest);

  // Hashes each of the blocks of `block_size` bytes (at least 1) that `blocks`
  // consists of, and writes their digests to `digests` one behind the other.
  // The process ends where `blocks` are no whole blocks, or `digests` have no
  // room. Many at a time are faster than one.
  void HashBlocks(absl::Span<const uint8_t> blocks, size_t block_size,
                  absl::Span<uint8_t> digests);

 private:
  // Hashes `count` blocks from `first` on.
  virtual void HashMany(const uint8_t* first, size_t count, size_t block_size,
                        uint8_t* digests) = 0;
};

// SHA-256 of a stream, for whole files and for content addresses.
class StreamDigest {
 public:
  void Update(absl::Span<const uint8_t> bytes) { sha256_.Update(bytes); }
  // Ends the stream; call once.
  FileDigest Finish();

 private:
  Sha256 sha256_;
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_BLOCK_HASHER_H_
