// Who could sign an image instead, and whom of those who did the policy could
// trust.
#ifndef EXTGATE_ENGINE_REMEDY_SIGNER_EDITS_H_
#define EXTGATE_ENGINE_REMEDY_SIGNER_EDITS_H_

#include <vector>

#include "engine/remedy/candidates.h"

namespace extgate {

// kSign for the first 3 whom every rule trusts, of them those of the firmware
// last, and for the first 3 of trust sets that allow rules name.
std::vector<Edit> SignEdits(const RemedyCase& subject);

// For each signer whom not every rule trusts and whose certificate is at hand:
// kAddToSet for the first 3 trust sets that allow rules name, kAddCertificate.
std::vector<Edit> CertificateEdits(const RemedyCase& subject);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_REMEDY_SIGNER_EDITS_H_
