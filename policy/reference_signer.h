// Test only, of the oracle: whose signature counts, and whom a rule means.
#ifndef EXTGATE_POLICY_REFERENCE_SIGNER_H_
#define EXTGATE_POLICY_REFERENCE_SIGNER_H_

#include "policy/facts.h"
#include "policy/policy.h"
#include "policy/signature_standing.h"

namespace extgate {

bool ReferenceAsksForSigners(const RuleMatch& match);

// Whether the signers of a deny rule's `match` include one of the image's, as
// far as can be told; true where it asks for none.
bool ReferenceSignerDenied(const RuleMatch& match,
                           const SignatureStanding& standing,
                           const Policy& policy);

// Whether every signer is meant by an allow rule's `match`; `standing` is
// ReferenceCounted for it.
bool ReferenceSignersAllowed(const RuleMatch& match,
                             const SignatureStanding& standing);

// `standing` as it counts for a rule, or where `match` is nullptr for all else.
SignatureStanding ReferenceCounted(const SignatureStanding& standing,
                                   const RuleMatch* match,
                                   const HostFacts& host, const Policy& policy);

}  // namespace extgate

#endif  // EXTGATE_POLICY_REFERENCE_SIGNER_H_
