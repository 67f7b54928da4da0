// The changes that a decision suggests, one by one. Whether one of them, or
// several together, turns the verdict is found out in remedies.h.
#ifndef EXTGATE_ENGINE_REMEDY_CANDIDATES_H_
#define EXTGATE_ENGINE_REMEDY_CANDIDATES_H_

#include <map>
#include <string>
#include <vector>

#include "engine/policy_loader.h"
#include "engine/remedy/edit.h"
#include "policy/decision.h"
#include "policy/facts.h"

namespace extgate {

// An image that was decided about, and all that the decision was made from.
struct RemedyCase {
  std::string path;  // of the image, as people know it
  ImageFacts facts;  // of Depth::kEveryBlock
  SignatureStanding standing;
  Decision decision;
  HostFacts host;
  const LoadedPolicy& loaded;
  const std::vector<PolicySource>& sources;
  // PEM of the certificates that strangers left in the signature.
  std::map<Fingerprint, std::string> strangers;
};

// At most 16, by kind. None for an image that is allowed or unreadable.
//
// Of an image whose bytes are not what their maker made (verity-corrupt,
// root-hash-mismatch, signature-invalid, a broken table or none) nothing but
// kGoodCopy, and that only where it can be told what a good one is. A rule that
// allows names one content by its root hash, or by the digest of the file,
// never a name alone. A revocation is not taken back.
std::vector<Edit> CandidateEdits(const RemedyCase& subject);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_REMEDY_CANDIDATES_H_
