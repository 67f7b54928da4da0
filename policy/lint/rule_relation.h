// How two rules relate, told from what they ask for. Each function says true
// only where it is certain.
#ifndef EXTGATE_POLICY_LINT_RULE_RELATION_H_
#define EXTGATE_POLICY_LINT_RULE_RELATION_H_

#include "policy/compiled_policy.h"
#include "policy/lint/name_set.h"
#include "policy/policy.h"

namespace extgate {

// A rule with its names as a set.
struct RuleShape {
  explicit RuleShape(const Rule& written)
      : rule(&written),
        names(written.match.names),
        specificity(SpecificityOf(written.match)) {}

  const Rule* rule;
  NameSet names;
  Specificity specificity;
};

// `deny`, which denies, matches every image that `other` matches, or, if that
// allows, every one that it allows.
bool DeniesAllOf(const RuleShape& deny, const RuleShape& other);

// `deny` matches every image that `other`, which allows, selects: also those
// that do not meet what it requires.
bool DeniesAllSelectedBy(const RuleShape& deny, const RuleShape& other);

// `allow` selects every image that `other` selects; both allow.
bool SelectsAllOf(const RuleShape& allow, const RuleShape& other);

// `allow` is satisfied by every image that satisfies `other`; both allow.
// `base`: the image policy of rules that have none.
bool AllowsAllOf(const RuleShape& allow, const RuleShape& other,
                 const ImagePolicy& base);

}  // namespace extgate

#endif  // EXTGATE_POLICY_LINT_RULE_RELATION_H_
