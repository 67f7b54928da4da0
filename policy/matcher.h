// Whether a rule is about an image: the conditions of deny rules, the selection
// of allow rules, and the content that an allow rule pins.
#ifndef EXTGATE_POLICY_MATCHER_H_
#define EXTGATE_POLICY_MATCHER_H_

#include <optional>
#include <string>
#include <vector>

#include "policy/compiled_policy.h"
#include "policy/reason.h"
#include "policy/subject.h"

namespace extgate {

// True when every condition of the deny rule holds. `name` and `version` hold
// for the name outside or inside, and where it cannot be told: a pattern that
// could not be matched, a name without a version in it. `signer` holds for any
// signer, trusted or not, and for every signed image where a set that the rule
// names is in doubt.
bool DenyMatches(const CompiledRule& rule, const Subject& subject);

// True when the allow rule selects. `name` holds for the name inside alone, and
// where that can be told; `signer` when each signer is listed by a fingerprint
// or in a set that the rule names, and trusted by every rule or in such a set;
// `root_hash` and `signer` only where they cover all that would be merged;
// without `name` root_hash and sha256 select, with it they do not.
bool AllowSelects(const CompiledRule& rule, const Subject& subject);

// Neither allocates, but for a rule with `version`.

// The first condition that does not hold, for people: "name `k3s` is not one of
// `rke2*`"; nullopt when DenyMatches, when AllowSelects.
std::optional<std::string> WhyDenyDoesNotMatch(const CompiledRule& rule,
                                               const Subject& subject);
std::optional<std::string> WhyAllowDoesNotSelect(const CompiledRule& rule,
                                                 const Subject& subject);

// version-out-of-range when an allow rule that selects asks for other versions
// than the one in the name inside. Several patterns: one of them suffices.
std::vector<Reason> VersionOutOfRange(const CompiledRule& rule,
                                      const Subject& subject);

// digest-mismatch for each of root_hash and sha256 that an allow rule, which
// selects by name, pins to another value or to one that is not known.
std::vector<Reason> PinnedElsewhere(const CompiledRule& rule,
                                    const Subject& subject);

}  // namespace extgate

#endif  // EXTGATE_POLICY_MATCHER_H_
