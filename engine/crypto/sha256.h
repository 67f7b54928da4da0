// SHA-256 (FIPS 180-4) of bytes that come piece by piece. Our own and not
// OpenSSL's, whose first digest costs a boot a quarter of a millisecond.
#ifndef EXTGATE_ENGINE_CRYPTO_SHA256_H_
#define EXTGATE_ENGINE_CRYPTO_SHA256_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"
#include "engine/crypto/sha256_compress.h"

namespace extgate {

using Sha256Digest = std::array<uint8_t, kSha256Size>;

// One message. A value: a copy goes on from where it was taken.
class Sha256 {
 public:
  // By the fastest means of this CPU, or by those of `engine`, which must be
  // one of Sha256Engines().
  Sha256() : Sha256(Sha256Engines().back()) {}
  explicit Sha256(Sha256Engine engine) : kernel_(KernelsOf(engine).back()) {}

  void Update(absl::Span<const uint8_t> bytes);

  // The digest of all bytes so far; call once.
  Sha256Digest Finish();

  static Sha256Digest Of(absl::Span<const uint8_t> bytes) {
    Sha256 sha256;
    sha256.Update(bytes);
    return sha256.Finish();
  }

 private:
  Sha256Kernel kernel_;
  Sha256State state_ = kSha256Start;
  uint64_t total_ = 0;  // bytes so far
  // The last total_ % kSha256Chunk of them; room for the padding.
  std::array<uint8_t, 2 * kSha256Chunk> tail_;
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_SHA256_H_
