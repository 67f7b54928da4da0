// What the rules of a policy say of an image that could be merged.
#ifndef EXTGATE_POLICY_RULE_BOOK_H_
#define EXTGATE_POLICY_RULE_BOOK_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/compiled_policy.h"
#include "policy/facts.h"
#include "policy/host_overlap.h"
#include "policy/reason.h"
#include "policy/rule_index.h"
#include "policy/signature_standing.h"

namespace extgate {

// So many rules that do not match are worth a line.
inline constexpr size_t kMostPassedOver = 20;

// What one rule did with the image.
struct TraceLine {
  std::string rule;  // id, or "default"
  std::string text;  // "does not match: name `k3s` is not one of `rke2*`"
  friend bool operator==(const TraceLine&, const TraceLine&) = default;
};

// A `required` rule that selects the image, and what of its `match` does not
// hold all the same: version and digests where a name selects.
struct RequiredBy {
  std::string rule;  // id
  std::vector<Reason> unmet;
  friend bool operator==(const RequiredBy&, const RequiredBy&) = default;
};

struct RuleAnswer {
  std::string rule;             // id of the deciding rule; "default"
  std::vector<Reason> reasons;  // empty: they allow
  // What the deciding rule only warns of.
  std::vector<std::string> warnings;
  // The trust sets that the deciding rule, an allow rule, names.
  std::vector<std::string> signer_sets;
  // Of ExplainRules: one a rule considered, in source order, but of those that
  // do not match the first kMostPassedOver.
  std::vector<TraceLine> trace;
  size_t passed_over = 0;            // how many more do not match
  std::vector<RequiredBy> required;  // in source order
  std::optional<uint32_t> number;    // of the deciding rule; none: the default
};

// Asks the rules that policy.index offers, in source order, as if those of
// `set_aside` were not there. For the precedence see decision.h; `overlap`
// counts where policy.needs_host_tree. `standing` is without expired signers
// where the policy asks for that.
RuleAnswer ConsultRules(const ImageFacts& image,
                        const SignatureStanding& standing,
                        const HostFacts& host, const CompiledPolicy& policy,
                        const Evidence<HostOverlap>& overlap,
                        const RuleNumbers& set_aside);

// The same, with what each rule did.
RuleAnswer ExplainRules(const ImageFacts& image,
                        const SignatureStanding& standing,
                        const HostFacts& host, const CompiledPolicy& policy,
                        const Evidence<HostOverlap>& overlap,
                        const RuleNumbers& set_aside);

}  // namespace extgate

#endif  // EXTGATE_POLICY_RULE_BOOK_H_
