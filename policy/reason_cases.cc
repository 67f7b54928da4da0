// What the tables of cases share.
#include "policy/reason_cases.h"

#include <string>

namespace extgate {

Decision DecisionWorld::Decide() const {
  return Evaluate(image, standing, host, Compiled(policy));
}

Decision DecisionWorld::Explained() const {
  return Explain(image, standing, host, Compiled(policy));
}

Rule DenyByName(const std::string& pattern) {
  Rule rule = RuleNamed("no", RuleVerdict::kDeny);
  rule.match.names = {Text(pattern)};
  return rule;
}

}  // namespace extgate
