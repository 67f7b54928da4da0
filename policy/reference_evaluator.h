// Test only: the decision once more, as plainly as can be. It reads the policy
// as written and shares no matching, admission or structural code with
// Evaluate. It does share ImagePolicy::FlagsFor, KindOf and CompareVersions,
// which have tests of their own: a mistake there is one that both would make.
#ifndef EXTGATE_POLICY_REFERENCE_EVALUATOR_H_
#define EXTGATE_POLICY_REFERENCE_EVALUATOR_H_

#include <set>
#include <string>

#include "policy/facts.h"
#include "policy/host_overlap.h"
#include "policy/policy.h"
#include "policy/reason.h"
#include "policy/signature_standing.h"
#include "policy/values.h"

namespace extgate {

struct ReferenceDecision {
  Verdict verdict = Verdict::kUnreadable;
  std::string rule;
  std::set<ReasonCode> codes;
  friend bool operator==(const ReferenceDecision&,
                         const ReferenceDecision&) = default;
};

// For policies that compile.
ReferenceDecision ReferenceEvaluate(const ImageFacts& image,
                                    const SignatureStanding& standing,
                                    const HostFacts& host, const Policy& policy,
                                    const Evidence<HostOverlap>& overlap);

// The verdict that is acted upon: the rules that deny and only report on
// `host.date` are taken out, one after the other.
Verdict ReferenceActingVerdict(const ImageFacts& image,
                               const SignatureStanding& standing,
                               const HostFacts& host, Policy policy,
                               const Evidence<HostOverlap>& overlap);

}  // namespace extgate

#endif  // EXTGATE_POLICY_REFERENCE_EVALUATOR_H_
