// An image's tree against the host's.
#ifndef EXTGATE_ENGINE_HOST_COMPARISON_H_
#define EXTGATE_ENGINE_HOST_COMPARISON_H_

#include "engine/ports.h"
#include "policy/evidence.h"
#include "policy/facts.h"
#include "policy/hierarchies.h"
#include "policy/host_overlap.h"

namespace extgate {

// Looks up on the host what the image brings into `hierarchies` of its class:
// one call a name whose directory both have, and none below a name that only
// one of them has as a directory. Absent without a walked tree; malformed where
// the host cannot be looked at, or where a hierarchy of the image, or what it
// lies in, is no directory, so that what would be merged stands elsewhere.
Evidence<HostOverlap> CompareWithHost(const ImageFacts& image, HostPort& host,
                                      const Hierarchies& hierarchies);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_HOST_COMPARISON_H_
