// Signers of images that the rules at hand tell apart, one set for each way.
#ifndef EXTGATE_POLICY_DIFF_SIGNER_SPACE_H_
#define EXTGATE_POLICY_DIFF_SIGNER_SPACE_H_

#include <vector>

#include "policy/diff/rule_pairing.h"
#include "policy/signature_standing.h"

namespace extgate {

// Who may have signed, as both policies see it.
struct SeenSigners {
  SignatureStanding before;
  SignatureStanding after;
};

// Of whom the policies trust differs so.
struct TrustDifference {
  bool more = false;  // the new policy may trust whom the old one does not
  bool less = false;  // and the other way round
  bool ends = false;  // a policy asks whether certificates have ended
};

struct SignerWays {
  std::vector<SeenSigners> all;
  bool complete = true;  // false: there are more than kMostSignerWays
};

inline constexpr size_t kMostSignerWays = 1000;

// Signers of an image in every way in which they can meet the lists of `rules`
// (all of them in a list, any of them), fingerprints and trust sets, and be
// trusted: by themselves, by the sets that a rule names, or not, each as
// `trust` allows. Small sets first. And a signature that is none.
SignerWays SignersFor(const RulesAtHand& rules, const TrustDifference& trust);

// An untrusted signature, or a trusted one, of somebody whom no rule names.
SignatureStanding Stranger();
SignatureStanding SomebodyTrusted();

}  // namespace extgate

#endif  // EXTGATE_POLICY_DIFF_SIGNER_SPACE_H_
