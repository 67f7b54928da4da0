// Reasons for which systemd would fail on an image and merge none at all, or
// for which extgate cannot say what the image is: its structure, whatever any
// policy says.
#ifndef EXTGATE_POLICY_STRUCTURAL_H_
#define EXTGATE_POLICY_STRUCTURAL_H_

#include <vector>

#include "policy/facts.h"
#include "policy/reason.h"

namespace extgate {

// Every unmergeable reason of `image`, in the order of looking: container,
// table, layout, tree, signature partition, filesystem, extension-release.
// Facts that should be there and are not count as broken; so facts of an
// inspection that did not look at the contents are never without a reason.
// Only the version of systemd matters of `host`; 0 gets the strictest reading.
std::vector<Reason> StructuralReasons(const ImageFacts& image,
                                      const HostFacts& host);

// Every reason that denies `image` whatever the rules say: signature-invalid
// for a signature partition that cannot be read, root-hash-mismatch,
// name-mismatch, forbidden-content. Revoked signers are not a fact of the image
// and not among them.
std::vector<Reason> IntrinsicDenials(const ImageFacts& image);

}  // namespace extgate

#endif  // EXTGATE_POLICY_STRUCTURAL_H_
