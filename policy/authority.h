// What a weaker source may say: under a floor, a local source only tightens.
// Each function compares what is asked for with what stands, and knows nothing
// of sources; for merging, not public.
#ifndef EXTGATE_POLICY_AUTHORITY_H_
#define EXTGATE_POLICY_AUTHORITY_H_

#include <string>
#include <vector>

#include "policy/image_policy.h"
#include "policy/policy.h"
#include "policy/values.h"

namespace extgate {

// How a change would move the policy.
enum class Change { kNone, kTightens, kLoosens };

// Of the scalars: `asked` against what is in force, defaults and floor
// included.
Change Compare(Mode asked, Mode stands);
Change Compare(OnViolation asked, OnViolation stands);
Change Compare(Unmergeable asked, Unmergeable stands);
Change Compare(RuleVerdict asked, RuleVerdict stands);
Change Compare(VerityD asked, VerityD stands);
Change Compare(bool asked, bool stands);  // of `trust.require_unexpired`

// Of image policies: loosens when `asked` admits any state that `stands` does
// not, whatever else it forbids.
Change Compare(const ImagePolicy& asked, const ImagePolicy& stands);

Change Compare(Staging asked, Staging stands);
Change Compare(FailWhen asked, FailWhen stands);
// Only from withhold to reboot tightens: an emergency shell is a way in.
Change Compare(FailFallback asked, FailFallback stands);

// Of `fail_boot.entries`, as sets: tightens when more entries may be failed.
Change CompareFailable(const std::vector<std::string>& asked,
                       const std::vector<std::string>& stands);

// Of `merge.hierarchies`, as sets: tightens when less is merged.
Change CompareHierarchies(const std::vector<std::string>& asked,
                          const std::vector<std::string>& stands);

// Of `trust.efi`, as sets: loosens when any list is new.
Change Compare(const std::vector<EfiList>& asked,
               const std::vector<EfiList>& stands);

// Of two rules of one id. Tightens what requires an image, or ends or shortens
// the rule's own `mode`; loosens whatever else is another rule. Who wrote it is
// no part of it.
Change Compare(const Rule& asked, const Rule& stands);

}  // namespace extgate

#endif  // EXTGATE_POLICY_AUTHORITY_H_
