// Images that the rules at hand tell apart, one for each way.
#ifndef EXTGATE_POLICY_DIFF_IMAGE_SPACE_H_
#define EXTGATE_POLICY_DIFF_IMAGE_SPACE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "policy/compiled_policy.h"
#include "policy/diff/rule_pairing.h"
#include "policy/facts.h"
#include "policy/image_policy.h"
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

// One partition layout for each way in which `policies` admit one, of images
// without signature, with one that is not trusted, and with one that is. Of
// both designators, with all attributes, and with the other partitions of which
// some policy speaks; a filesystem without a table too.
struct SeenLayout {
  ImageFacts image;  // without name, class and digests
  bool is_signed = false;
};
std::vector<SeenLayout> LayoutsFor(absl::Span<const ImagePolicy> policies);

// Signers of an image, in every way in which they can meet the lists of `rules`
// (all of them in a list, any of them), fingerprints and trust sets, each as
// `trust` allows.
std::vector<SeenSigners> SignersFor(const RulesAtHand& rules,
                                    const TrustDifference& trust);

// Hashes that are named in `rules`, one for each set of rules that name it
// beside the same other conditions, and one that is not named.
std::vector<RootHash> RootHashesFor(const RulesAtHand& rules);
std::vector<FileDigest> DigestsFor(const RulesAtHand& rules);

// Trees of files: nobody looked, nothing minded, and for each different
// `content` all that others mind and it does not.
std::vector<Evidence<TreeFacts>> TreesFor(const RulesAtHand& rules);

}  // namespace extgate

#endif  // EXTGATE_POLICY_DIFF_IMAGE_SPACE_H_
