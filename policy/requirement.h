// What an allow, by a rule or by default, requires of an image: that an image
// policy admits how it is protected, and that the signature it asks for is
// trusted.
#ifndef EXTGATE_POLICY_REQUIREMENT_H_
#define EXTGATE_POLICY_REQUIREMENT_H_

#include <string>
#include <vector>

#include "policy/facts.h"
#include "policy/image_policy.h"
#include "policy/reason.h"
#include "policy/signature_standing.h"

namespace extgate {

// Why `policy` does not admit `image`: unsigned, signature-invalid,
// signer-untrusted or signer-expired where a trusted signature is what lacks,
// image-policy for everything else. Empty: it admits it. For images without
// structural reasons.
std::vector<Reason> UnmetImagePolicy(const ImageFacts& image,
                                     const SignatureStanding& standing,
                                     const ImagePolicy& policy);

// "`CN=db` (sha256:4e3a…)", or issuer and serial where no certificate is known.
std::string DescribeSigner(const Signer& signer);

}  // namespace extgate

#endif  // EXTGATE_POLICY_REQUIREMENT_H_
