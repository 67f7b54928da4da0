// Digests of streams, by the hash algorithms that a TPM has registers for.
#ifndef EXTGATE_ENGINE_CRYPTO_STREAM_HASHER_H_
#define EXTGATE_ENGINE_CRYPTO_STREAM_HASHER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace extgate {

// One message after the other. Not thread-safe; one a thread.
class StreamHasher {
 public:
  // `algorithm` is "sha1", "sha256", "sha384" or "sha512"; Unimplemented for
  // any other. FailedPrecondition where the system has no libcrypto, which all
  // but "sha256" are computed by.
  static absl::StatusOr<std::unique_ptr<StreamHasher>> Create(
      absl::string_view algorithm);

  virtual ~StreamHasher() = default;

  virtual void Update(absl::Span<const uint8_t> bytes) = 0;

  // The digest of what came since the last call, raw bytes; the next message
  // begins.
  virtual std::string Finish() = 0;
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_STREAM_HASHER_H_
