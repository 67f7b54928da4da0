// Which images a boot has to have and lacks, by rules with `required`.
#ifndef EXTGATE_ENGINE_REQUIRED_IMAGES_H_
#define EXTGATE_ENGINE_REQUIRED_IMAGES_H_

#include <set>
#include <string>
#include <vector>

#include "engine/planner.h"
#include "policy/compiled_policy.h"
#include "policy/facts.h"

namespace extgate {

// What follows from required rules without an image.
struct MissingImages {
  std::vector<Violation> violations;    // required-missing
  std::vector<Diagnostic> diagnostics;  // of rules that only report
  // One of the violations is by what images are. Where all are by I/O or lack
  // of space no boot is failed for them.
  bool any_counts = false;
};

// Asks the rules of policy.required_rules that want an image in this boot,
// being of this entry and architecture; `met` has the ids of those that have
// one. In source order. An image that could not be read may have been meant by
// every rule that its name does not rule out.
MissingImages FindMissingImages(const std::vector<DecidedImage>& images,
                                const std::set<std::string>& met,
                                const CompiledPolicy& policy,
                                const HostFacts& host);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_REQUIRED_IMAGES_H_
