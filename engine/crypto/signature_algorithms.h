// The algorithms of a signature, from AlgorithmIdentifiers (RFC 5280, 4.1.1.2).
// Internal to this folder.
#ifndef EXTGATE_ENGINE_CRYPTO_SIGNATURE_ALGORITHMS_H_
#define EXTGATE_ENGINE_CRYPTO_SIGNATURE_ALGORITHMS_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "policy/signature_claims.h"

namespace extgate {

// `content` is of an AlgorithmIdentifier. InvalidArgument, naming what is
// known, unless it is of the SHA-2 family and has no parameters but NULL.
absl::StatusOr<SignatureDigest> ReadDigest(absl::Span<const uint8_t> content);

// The kind of key that signs. InvalidArgument for other algorithms, for
// parameters, and where a digest is named too ("RSA with SHA-256") that is not
// `digest`.
absl::StatusOr<SignatureKey> ReadKey(absl::Span<const uint8_t> content,
                                     SignatureDigest digest);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CRYPTO_SIGNATURE_ALGORITHMS_H_
