// How the data of an image is protected, in the words of image policies.
#ifndef EXTGATE_POLICY_PROTECTION_H_
#define EXTGATE_POLICY_PROTECTION_H_

#include <optional>

#include "policy/facts.h"
#include "policy/image_policy.h"
#include "policy/signature_standing.h"

namespace extgate {

// How the data partition of a well-formed image (of root and usr the usr
// partition) is protected, as flags of the
// image policy: signed (a trusted signature; then verity too), verity (a valid
// tree), or unprotected.
PartitionFlags ProtectionOf(const ImageFacts& image,
                            const SignatureStanding& standing);

// Whether the signature is a well-formed one of all that would be merged,
// whoever made it: not so where a root partition lies below the usr partition.
bool IsSignedAsAWhole(const ImageFacts& image,
                      const SignatureStanding& standing);

// The root hash of all that would be merged, part of `image`; nullptr as above,
// and without one.
const RootHash* WholeRootHash(const ImageFacts& image);

}  // namespace extgate

#endif  // EXTGATE_POLICY_PROTECTION_H_
