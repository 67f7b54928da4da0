// Deny rules that match an image, and how they could stand so that they do not.
#ifndef EXTGATE_ENGINE_REMEDY_RULE_EDITS_H_
#define EXTGATE_ENGINE_REMEDY_RULE_EDITS_H_

#include <vector>

#include "engine/remedy/candidates.h"

namespace extgate {

// For each deny rule that matches: kNarrowRule for each of its lists that names
// something besides this image, and kRemoveRule. What they say names the rule,
// where it stands, who wrote it and why.
std::vector<Edit> DenyRuleEdits(const RemedyCase& subject);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_REMEDY_RULE_EDITS_H_
