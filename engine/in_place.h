// Images that systemd reads where they lie, `staging: link`: for nothing but
// its own check of the signature stands between what was decided about and what
// is merged.
#ifndef EXTGATE_ENGINE_IN_PLACE_H_
#define EXTGATE_ENGINE_IN_PLACE_H_

#include <string>

#include "engine/hand_over.h"
#include "engine/planner.h"
#include "policy/compiled_policy.h"
#include "policy/facts.h"
#include "policy/signature_standing.h"

namespace extgate {

// Why `image`, which is to be staged, has to be copied all the same; "" where
// a link will do as far as it alone tells: this version of systemd holds the
// policy against the signature when it activates an image (259 on), the
// signature counts, no rule asks for the file's digest, and the file stays
// where it is.
// `counted`: how its signature counted for its decision.
std::string WhyCopied(const DecidedImage& image, SignatureState counted,
                      const CompiledPolicy& policy, const HostFacts& host);

// Whether under `hand_over` nothing can take the place of `image` but another
// image signed by a trusted key: what others of the set need must admit neither
// unsigned images of its designator nor any without a signature check.
bool KeepsOthersOut(const DecidedImage& image, const HandOver& hand_over,
                    int systemd_version);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IN_PLACE_H_
