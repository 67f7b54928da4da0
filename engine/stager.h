// Source image to private copy: what was verified is what is merged, whoever
// writes to the source meanwhile.
#ifndef EXTGATE_ENGINE_STAGER_H_
#define EXTGATE_ENGINE_STAGER_H_

#include "absl/status/statusor.h"
#include "engine/image/image_reader.h"
#include "engine/ports.h"
#include "engine/verified_copy.h"
#include "policy/facts.h"

namespace extgate {

// CopyVerified() into the private copies of `staging`.
absl::StatusOr<PrivateCopy> CopyVerified(ImageReader& source,
                                         const ImageFacts& facts,
                                         StagingPort& staging,
                                         WantDigest want_digest,
                                         const Progress& progress);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_STAGER_H_
