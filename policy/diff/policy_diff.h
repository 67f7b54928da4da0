// Two policies compared: which admits more, with an image for each direction.
#ifndef EXTGATE_POLICY_DIFF_POLICY_DIFF_H_
#define EXTGATE_POLICY_DIFF_POLICY_DIFF_H_

#include <optional>
#include <string>
#include <vector>

#include "policy/compiled_policy.h"
#include "policy/decision.h"
#include "policy/diff/key_changes.h"
#include "policy/facts.h"
#include "policy/host_overlap.h"
#include "policy/image_policy_comparison.h"
#include "policy/policy.h"
#include "policy/signature_standing.h"

namespace extgate {

// One policy, as written and as it decides.
struct ComparedPolicy {
  const Policy& written;
  const CompiledPolicy& compiled;  // of `written`
};

// An image that one of them allows and the other does not; or lets pass, where
// rules with a mode of their own only report (ActingVerdict).
struct DiffWitness {
  ImageFacts image;
  SignatureStanding before;  // how its signature stands under the old policy
  SignatureStanding after;   // and under the new one
  HostFacts host;
  Evidence<HostOverlap> overlap;  // how its tree meets the host's
  Decision old_decision;
  Decision new_decision;
};

struct PolicyDiff {
  // The new policy seen against the old one. Where something is undecided, what
  // is known without it.
  Relation relation = Relation::kEquivalent;
  std::vector<KeyChange> keys;
  std::optional<DiffWitness> looser;    // the new one allows, the old one not
  std::optional<DiffWitness> stricter;  // the old one allows, the new one not
  // What could not be decided, a sentence each: more may be looser or stricter.
  std::vector<std::string> undecided;
};

// Compares by the structure of the rules. Rules that both policies have, under
// whatever id, make no difference by themselves: only images that some other
// rule is about are looked for, or all where `default`, `image_policy`,
// `entries` or `trust` differ. Of those, one is tried for every way in which
// the rules of both policies can tell images apart:
//
// - names: a name for each satisfiable combination of globs, of expressions and
//   of what is older than each bound of a `version` (name_cells.h);
// - class, architecture, entry, root_hash, sha256: each value that is named,
//   and one that is not;
// - signers: for each way in which the signers of one image can meet the lists
//   of rules, all of them for an allow, any for a deny; each of them trusted,
//   of a trust set or a stranger, and where trust differs trusted by one policy
//   alone (signer_space.h);
// - dates: on each side of every `until`;
// - partitions: for each distinct image policy, of every layout with other
//   flags, attributes and partitions beside, one for each way in which those
//   image policies admit it (layout_space.h);
// - content: no tree, an empty one, and for each rule's `content` the tree of
//   all that it does not mind, whatever others mind (content_space.h).
//
// Two images that agree in all of this get the same decision from each policy,
// for a decision asks nothing else (subject.h, requirement.h, content_check.h),
// but for what is the image's own fault, of which no policy says anything. So
// where no image tried differs, none does. This is not so, and `undecided` says
// it, where an expression is of a kind that is not read (name_language.h), and
// where there are too many ways to look at.
PolicyDiff ComparePolicies(const ComparedPolicy& before,
                           const ComparedPolicy& after);

// Whether `policy` allows any image, by the same search, in words or in deed;
// nullopt where that is not certain. Whom it trusts is not looked at: an image
// may be signed by somebody trusted.
std::optional<bool> AllowsAny(const ComparedPolicy& policy);

}  // namespace extgate

#endif  // EXTGATE_POLICY_DIFF_POLICY_DIFF_H_
