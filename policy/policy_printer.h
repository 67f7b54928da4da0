// A policy to text: one canonical spelling, whatever it was written in.
#ifndef EXTGATE_POLICY_POLICY_PRINTER_H_
#define EXTGATE_POLICY_POLICY_PRINTER_H_

#include <string>

#include "policy/policy.h"

namespace extgate {

// The YAML of a policy file that ReadPolicyText reads to an equal policy; who
// wrote a rule (its authority) and where is not part of it. Equal policies have
// equal texts, so the SHA-256 of the text is the digest of the policy. What
// was not written is not printed: absent stays absent. Ends in a newline.
std::string CanonicalText(const Policy& policy);

}  // namespace extgate

#endif  // EXTGATE_POLICY_POLICY_PRINTER_H_
