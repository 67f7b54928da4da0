// The `rules` list of a policy source. Not public.
#ifndef EXTGATE_POLICY_RULE_READER_H_
#define EXTGATE_POLICY_RULE_READER_H_

#include <vector>

#include "policy/document.h"
#include "policy/field_reader.h"
#include "policy/policy.h"

namespace extgate {

// Reads `rules`. A rule with anything wrong in it is reported to `fields`, all
// of what is wrong, and left out. Ids are unique in the result.
std::vector<Rule> ReadRules(const Node& node, FieldReader& fields);

}  // namespace extgate

#endif  // EXTGATE_POLICY_RULE_READER_H_
