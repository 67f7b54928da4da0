// Which rules two policies share, and which rules can be about a name.
#ifndef EXTGATE_POLICY_DIFF_RULE_PAIRING_H_
#define EXTGATE_POLICY_DIFF_RULE_PAIRING_H_

#include <string>
#include <vector>

#include "policy/compiled_policy.h"
#include "policy/policy.h"

namespace extgate {

enum class RuleSide { kBoth, kBefore, kAfter };

// A rule of either policy, or of both.
struct PairedRule {
  RuleSide side = RuleSide::kBoth;
  const Rule* written = nullptr;
  const CompiledRule* compiled = nullptr;
  int shape =
      0;  // rules of one number differ in names, and what is passed over, alone
};

// Rules of both policies that may be about the images of one name.
using RulesAtHand = std::vector<const PairedRule*>;

// Of both policies, those that decide alike once: id, reason, `required`,
// order and what the lists repeat are no difference. `written` and `compiled`
// of one policy are of the same rules, and outlive the result.
std::vector<PairedRule> PairRules(const std::vector<Rule>& written_before,
                                  const std::vector<CompiledRule>& before,
                                  const std::vector<Rule>& written_after,
                                  const std::vector<CompiledRule>& after);

// The rule as one text, with or without its names, but for what PairRules
// passes over.
enum class TextOfNames { kNo, kYes };
std::string RuleText(const Rule& rule, TextOfNames names);

}  // namespace extgate

#endif  // EXTGATE_POLICY_DIFF_RULE_PAIRING_H_
