// What policy says of one image: a value that explains itself and knows no
// mode.
#ifndef EXTGATE_POLICY_DECISION_H_
#define EXTGATE_POLICY_DECISION_H_

#include <string>
#include <vector>

#include "policy/compiled_policy.h"
#include "policy/facts.h"
#include "policy/host_overlap.h"
#include "policy/protection.h"
#include "policy/reason.h"
#include "policy/signature_standing.h"
#include "policy/values.h"

namespace extgate {

// What one rule did with the image.
struct TraceLine {
  std::string rule;  // id, or "default"
  std::string text;  // "does not match: name `k3s` is not one of `rke2*`"
  friend bool operator==(const TraceLine&, const TraceLine&) = default;
};

struct Decision {
  Verdict verdict = Verdict::kUnreadable;
  std::string rule;  // id of the deciding rule; "default"; "" when no rule had
                     // a say (unreadable, unmergeable, for another entry)
  std::vector<Reason> reasons;   // all of them; empty exactly when allow
  std::vector<TraceLine> trace;  // one a rule considered, in source order
  // What the deciding rule only warns of.
  std::vector<std::string> warnings;
  friend bool operator==(const Decision&, const Decision&) = default;
};

// Decides about one image. Pure; same inputs, same decision; independent of
// policy.mode and of the order of rules but for which id is named.
//
// Precedence: a matching deny rule; else among the allow rules that select the
// image those of the most specific class, of which any one satisfied suffices;
// else the policy's default. Whatever the rules say, these deny or worse:
// signer-revoked, root-hash-mismatch, name-mismatch, forbidden-content, and all
// structural reasons. An image that BelongsElsewhere gets WrongEntry; of an
// unreadable one nothing else is said; of an unmergeable one the rules are not
// asked. `overlap` counts where policy.needs_host_tree; absent: nobody looked.
Decision Evaluate(const ImageFacts& image, const SignatureStanding& standing,
                  const HostFacts& host, const CompiledPolicy& policy,
                  const Evidence<HostOverlap>& overlap = Absent());

// True when the policy's entries map gives `name` to other boot entries than
// host.entry: such an image is not read at all. False when no mapping matches.
bool BelongsElsewhere(const std::string& name, const HostFacts& host,
                      const CompiledPolicy& policy);

// The decision for an image that BelongsElsewhere.
Decision WrongEntry(const std::string& name, const HostFacts& host,
                    const CompiledPolicy& policy);

}  // namespace extgate

#endif  // EXTGATE_POLICY_DECISION_H_
