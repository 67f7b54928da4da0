// What the tree inside an image is against what a rule says of it.
#ifndef EXTGATE_POLICY_CONTENT_CHECK_H_
#define EXTGATE_POLICY_CONTENT_CHECK_H_

#include <string>
#include <vector>

#include "policy/compiled_policy.h"
#include "policy/content.h"
#include "policy/evidence.h"
#include "policy/facts.h"
#include "policy/hierarchies.h"
#include "policy/host_overlap.h"

namespace extgate {

struct ContentFinding {
  ContentAction action = ContentAction::kDeny;
  // "setuid: `/usr/bin/su` and 2 more"
  std::string text;
};

// One finding for each pattern and kind that `content` minds and `image` has,
// with its first paths. What is not known counts as there: a tree that nobody
// walked over, that could not be walked over or was too large, and a host that
// could not be looked at. A symlink that does not lead to a file of the image
// counts as all that may lie behind it, and where a hierarchy is a symlink
// nothing is known of what it merges.
std::vector<ContentFinding> CheckContent(const CompiledContent& content,
                                         const ImageFacts& image,
                                         const Evidence<HostOverlap>& overlap,
                                         const Hierarchies& hierarchies);

}  // namespace extgate

#endif  // EXTGATE_POLICY_CONTENT_CHECK_H_
