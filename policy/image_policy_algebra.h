// Image policies as algebra: what two allow in common or together, whether two
// mean the same, and the shortest text of one.
// Source: systemd's src/shared/image-policy.c (behaviour, not code), whose
// results these are but for Normalised. What images two policies admit is
// another question: image_policy_comparison.h.
#ifndef EXTGATE_POLICY_IMAGE_POLICY_ALGEBRA_H_
#define EXTGATE_POLICY_IMAGE_POLICY_ALGEBRA_H_

#include <set>

#include "absl/status/statusor.h"
#include "policy/image_policy.h"

namespace extgate {

// True when the flags in force agree for every designator, and for the default.
bool Equivalent(const ImagePolicy& a, const ImagePolicy& b);

// What both allow, of each designator that either names, and of the default.
// The -verity and -verity-sig designators that neither names follow from the
// result anew, so that it may allow them more than both do. InvalidArgument
// where nothing is left of a designator, or of the filesystems it may have;
// systemd: ENAVAIL.
absl::StatusOr<ImagePolicy> Intersect(const ImagePolicy& a,
                                      const ImagePolicy& b);

// The same for what either allows.
ImagePolicy Union(const ImagePolicy& a, const ImagePolicy& b);

// `policy`, ignoring `designators`.
ImagePolicy Ignoring(const ImagePolicy& policy,
                     const std::set<PartitionDesignator>& designators);

// An equivalent policy with as few rules and flags as can be; the same for all
// that are equivalent. (What systemd calls simplified keeps more, and where the
// default allows `signed` drops rules that others follow from.)
ImagePolicy Normalised(const ImagePolicy& policy);

}  // namespace extgate

#endif  // EXTGATE_POLICY_IMAGE_POLICY_ALGEBRA_H_
