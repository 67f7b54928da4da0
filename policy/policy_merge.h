// Many sources to one policy, by authority: who may loosen.
#ifndef EXTGATE_POLICY_POLICY_MERGE_H_
#define EXTGATE_POLICY_POLICY_MERGE_H_

#include <optional>
#include <vector>

#include "policy/diagnostic.h"
#include "policy/policy.h"
#include "policy/values.h"

namespace extgate {

struct MergedPolicy {
  Policy policy;
  std::optional<Mode> floor;  // the highest mode_floor of those who may set one
};

// Merges in the order given (later wins): lists append, but for texts that an
// earlier source has in the same list; scalars, `trust.efi`,
// `fail_boot.entries` and `merge.hierarchies` replace; a rule whose id an
// earlier source has replaces that rule in place. `version` and `critical` are
// of one text; the merged policy has neither.
//
// mode_floor counts from vendor, cmdline and bundle only; the highest wins.
// Without a floor any source may say anything. With one, what a local source
// says counts only as far as it tightens: a higher mode, deny rules, revoked
// certificates, `default: deny`, a stricter image_policy, a harder
// on_violation, `unmergeable: withhold`, fewer trust.efi lists, verity_d
// narrower, `staging: copy`, fewer merge.hierarchies where some stand, and a
// harder fail_boot: more entries, `when: now`, reboot for withhold. All else
// (trust.certificates, trust.files, allow rules, replacing a rule that stands,
// a lower mode, an entries map, sources, merge.timeout, measure, …) is left out
// with the warning not-authorised, and the rest of that source still counts;
// saying again what stands is no change. A trust set that only local sources
// define and name counts, as it is for their deny rules alone. A rule that
// stands may be written again with `required`, without its `mode` or with an
// earlier `until`. What counts is what stands when the source's turn comes,
// earlier local sources included. A local mode_floor is always not-authorised.
// The mode is at least the floor; one that a stronger source wrote below it is
// raised, with a not-authorised warning of its own.
//
// The stand-in of a local source says what that source may say. That of a
// stronger one counts as far as it tightens, floor or not, for it was kept
// where local writers can write; its mode_floor, which only tightens, counts,
// and a trust set that no other source defines or names.
WithDiagnostics<MergedPolicy> MergePolicies(
    const std::vector<PolicySource>& sources);

}  // namespace extgate

#endif  // EXTGATE_POLICY_POLICY_MERGE_H_
