// Test only, of the oracle: what is wrong with an image by itself, and what of
// it fits the host.
#ifndef EXTGATE_POLICY_REFERENCE_IMAGE_H_
#define EXTGATE_POLICY_REFERENCE_IMAGE_H_

#include <map>
#include <set>
#include <string>

#include "policy/facts.h"
#include "policy/reason.h"
#include "policy/signature_standing.h"

namespace extgate {

// Of the tree; empty without one.
std::string ReferenceRootHashHex(const ImageFacts& image);

// "a signature by trusted certificates over the root hash of a valid tree"
bool ReferenceTrustedTree(const ImageFacts& image,
                          const SignatureStanding& standing);

// The field; empty when it is not there.
std::string ReferenceField(const std::map<std::string, std::string>& fields,
                           const std::string& key);

// What makes the image unmergeable.
std::set<ReasonCode> ReferenceStructural(const ImageFacts& image,
                                         const HostFacts& host);

// "Whatever the rules say, these deny or worse."
std::set<ReasonCode> ReferenceAlways(const ImageFacts& image,
                                     const SignatureStanding& standing);

// Of an image with an extension-release: release-mismatch, wrong-architecture,
// wrong-scope.
std::set<ReasonCode> ReferenceApplicable(const ImageFacts& image,
                                         const HostFacts& host);

}  // namespace extgate

#endif  // EXTGATE_POLICY_REFERENCE_IMAGE_H_
