// The way from the first byte of an image to a verified signature, as one call
// for tests and benchmarks.
#ifndef EXTGATE_ENGINE_IMAGE_SIGNED_PATH_H_
#define EXTGATE_ENGINE_IMAGE_SIGNED_PATH_H_

#include "absl/status/statusor.h"
#include "engine/crypto/trust_store.h"
#include "engine/image/image_reader.h"
#include "policy/evidence.h"
#include "policy/facts.h"
#include "policy/signature_standing.h"

namespace extgate {

// What stands before a signed image is believed. Each part is absent when the
// one before it is not a value.
struct SignedPath {
  Evidence<PartitionTable> table;
  Evidence<Layout> layout;
  Evidence<VerityTree> verity;
  Evidence<VeritySignature> signature;
  SignatureStanding standing;

  // Whether all of it is there and says the same: the hash that was computed is
  // the hash that is stated, and trusted certificates signed it.
  bool Holds() const;
};

// Status: I/O only.
absl::StatusOr<SignedPath> ReadSignedPath(ImageReader& image,
                                          const TrustStore& store);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_SIGNED_PATH_H_
