// What a boot was decided from that another boot may have again: policy and
// images.
#ifndef EXTGATE_ENGINE_BOOT_GENERATION_H_
#define EXTGATE_ENGINE_BOOT_GENERATION_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/planner.h"
#include "engine/report.h"

namespace extgate {

// 64 hex digits over `policy_sha256` and what each of `images` is: class, name,
// size, and the root hash of its tree or the digest of its file where these are
// known. The order and the place of the images do not matter, nor what was
// decided about them.
std::string GenerationOf(absl::string_view policy_sha256,
                         const std::vector<DecidedImage>& images);

// The same of the run that `report` tells of.
std::string GenerationOf(const Report& report);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_BOOT_GENERATION_H_
