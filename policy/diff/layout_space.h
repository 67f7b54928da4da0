// Partition layouts that image policies tell apart, one for each way.
#ifndef EXTGATE_POLICY_DIFF_LAYOUT_SPACE_H_
#define EXTGATE_POLICY_DIFF_LAYOUT_SPACE_H_

#include <vector>

#include "absl/types/span.h"
#include "policy/facts.h"
#include "policy/image_policy.h"

namespace extgate {

struct SeenLayout {
  ImageFacts image;  // without name, class and digests
  bool is_signed = false;
};

// One layout for each way in which `policies` admit one, of images without
// signature, with one that is not trusted, and with one that is. Of both
// designators, with all attributes of all partitions of which some policy minds
// them, and with the other partitions of which some policy speaks; a filesystem
// without a table too.
std::vector<SeenLayout> LayoutsFor(absl::Span<const ImagePolicy> policies);

}  // namespace extgate

#endif  // EXTGATE_POLICY_DIFF_LAYOUT_SPACE_H_
