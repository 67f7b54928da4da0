// The oracle of what a rule says of the tree inside an image: naive, and
// written apart from content_check.h. For tests.
#ifndef EXTGATE_POLICY_REFERENCE_CONTENT_H_
#define EXTGATE_POLICY_REFERENCE_CONTENT_H_

#include <string>
#include <vector>

#include "policy/evidence.h"
#include "policy/facts.h"
#include "policy/host_overlap.h"
#include "policy/policy.h"

namespace extgate {

// Whether an image has what `content` denies where `hierarchies` ("/usr") are
// merged; what is not known counts as there. Behind a symlink it tries the
// names that the property tests draw.
bool ReferenceContentViolated(const RuleContent& content,
                              const ImageFacts& image,
                              const Evidence<HostOverlap>& overlap,
                              const std::vector<std::string>& hierarchies);

// Whether the pattern matches a path without leading `/`; exponential.
bool ReferencePathGlobMatches(const std::string& pattern,
                              const std::string& path);

}  // namespace extgate

#endif  // EXTGATE_POLICY_REFERENCE_CONTENT_H_
