// What the worst image is that an image policy lets in, as extgate decides.
#ifndef EXTGATE_POLICY_LINT_LEAST_PROTECTION_H_
#define EXTGATE_POLICY_LINT_LEAST_PROTECTION_H_

#include "policy/image_policy.h"
#include "policy/values.h"

namespace extgate {

// Ordered from worst to best.
enum class LeastProtection {
  kUnprotected,      // neither hash tree nor signature
  kUntrustedSigner,  // a hash tree, signed by somebody who is not trusted
  kUnsignedTree,     // a hash tree without a signature
  kSigned,           // a trusted signature
  kNothing,          // no image at all
};

// Over all images that have one data partition and its helpers, each with any
// attributes.
LeastProtection LeastProtectionOf(const ImagePolicy& policy);

// The same of images whose data partition is `data`.
LeastProtection LeastProtectionOf(const ImagePolicy& policy, Designator data);

// Whether `policy` lets in an image whose data partition `data` is protected
// so; false of kNothing.
bool Admits(const ImagePolicy& policy, Designator data,
            LeastProtection protection);

}  // namespace extgate

#endif  // EXTGATE_POLICY_LINT_LEAST_PROTECTION_H_
