// How the data of an image is protected, in the words of image policies.
#ifndef EXTGATE_POLICY_PROTECTION_H_
#define EXTGATE_POLICY_PROTECTION_H_

#include "policy/facts.h"
#include "policy/image_policy.h"
#include "policy/signature_standing.h"

namespace extgate {

// How the data partition of a well-formed image is protected, as flags of the
// image policy: signed (a trusted signature; then verity too), verity (a valid
// tree), or unprotected.
PartitionFlags ProtectionOf(const ImageFacts& image,
                            const SignatureStanding& standing);

}  // namespace extgate

#endif  // EXTGATE_POLICY_PROTECTION_H_
