// Test only, of the oracle: whether an image policy admits an image.
#ifndef EXTGATE_POLICY_REFERENCE_IMAGE_POLICY_H_
#define EXTGATE_POLICY_REFERENCE_IMAGE_POLICY_H_

#include <set>

#include "policy/facts.h"
#include "policy/image_policy.h"
#include "policy/reason.h"
#include "policy/signature_standing.h"

namespace extgate {

// Why `policy` does not admit the image; empty: it does.
std::set<ReasonCode> ReferenceUnmet(const ImageFacts& image,
                                    const SignatureStanding& standing,
                                    const ImagePolicy& policy);

}  // namespace extgate

#endif  // EXTGATE_POLICY_REFERENCE_IMAGE_POLICY_H_
