// The smallest changes that turn an image's verdict to allow.
#ifndef EXTGATE_ENGINE_REMEDY_REMEDIES_H_
#define EXTGATE_ENGINE_REMEDY_REMEDIES_H_

#include <string>
#include <vector>

#include "engine/confinement.h"
#include "engine/remedy/candidates.h"
#include "engine/remedy/policy_trial.h"
#include "policy/reason.h"

namespace extgate {

// Changes that together turn the verdict, and no part of which does.
struct Offer {
  std::vector<Edit> edits;  // 1 to 3, by kind
  // The text that is new to the policy, as a file of its own, and where it
  // counts; without text nothing is added. authority above kLocal: a local file
  // would not be listened to under the floor.
  NewSource added;
  // Shell lines that make the image anew, where it has to be.
  std::vector<std::string> rebuild;
  friend bool operator==(const Offer&, const Offer&) = default;
};

// Of a reason that no offer mends: what else to do.
struct Advice {
  ReasonCode code;
  std::string text;  // a sentence or two
  friend bool operator==(const Advice&, const Advice&) = default;
};

struct Remedies {
  // Smallest first, at most 5. Smaller is the offer of fewer changes; of two
  // with as many, the one that admits fewer other images (EditKind's order,
  // widest change first). So a change of the image comes before one of the
  // policy: it admits no other.
  std::vector<Offer> offers;
  // Without an offer: what is in the way, a line a reason code, those that no
  // single change removes where there are such. With one: only what must not be
  // passed over (a revocation).
  std::vector<Advice> advice;
  // Why nothing could be looked for; "" otherwise.
  std::string trouble;
};

// Finds them by trying: for every set of at most 3 of CandidateEdits, the
// policy is put together with the text that the offer shows, at the authority
// of the place that it names, and the image is decided about again. A change of
// the image is no way round a deny rule: the image as it is must not be denied
// by one any more either. Tried in confinement, since certificates of strangers
// are; what comes out of there only picks among the candidates made here. Of a
// policy so large that 12 MiB of it are read before, not every set is tried.
// `trial` must have loaded the policy of `subject`.
Remedies FindRemedies(const RemedyCase& subject, PolicyTrial& trial,
                      Confinement& confinement);

// The offer of these edits, written by this authority.
Offer MakeOffer(const RemedyCase& subject, std::vector<Edit> edits,
                Authority authority);

// The decision about the image of `subject` with `offer`, as FindRemedies tries
// it; not in confinement.
Decision Try(const RemedyCase& subject, const Offer& offer, PolicyTrial& trial);

// What to do about a reason of this code where no change of policy or image
// that extgate could name helps.
std::string AdviceOn(ReasonCode code);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_REMEDY_REMEDIES_H_
