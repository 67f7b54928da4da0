// What a boot was decided from that another boot of the same entry has again:
// policy and images.
#ifndef EXTGATE_ENGINE_BOOT_GENERATION_H_
#define EXTGATE_ENGINE_BOOT_GENERATION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/planner.h"
#include "engine/report.h"
#include "policy/values.h"

namespace extgate {

// One image of it, by what tells it from another one; neither its place nor
// what was decided about it.
struct GenerationImage {
  ImageClass image_class = ImageClass::kSysext;
  std::string name;  // printable
  uint64_t size_bytes = 0;
  // In hex: the root hash of its tree, else the digest of its file; "" where
  // neither is known, as of a plain directory.
  std::string digest;
  friend bool operator==(const GenerationImage&,
                         const GenerationImage&) = default;
  friend auto operator<=>(const GenerationImage&,
                          const GenerationImage&) = default;
};

struct Generation {
  std::string policy_sha256;
  std::vector<GenerationImage> images;  // sorted, each once
  friend bool operator==(const Generation&, const Generation&) = default;
};

// Of all `images`, decided about by the policy with the digest `policy_sha256`.
Generation GenerationOf(absl::string_view policy_sha256,
                        const std::vector<DecidedImage>& images);

// Of the run that `report` tells of, by a policy with those `sources`. Only
// what another boot of that entry has too: see lasting_place.h.
Generation GenerationOf(const Report& report,
                        const std::vector<std::string>& sources);

// Lines of text, and back; InvalidArgument for anything else.
std::string GenerationText(const Generation& generation);
absl::StatusOr<Generation> ParseGeneration(absl::string_view text);

// 64 hex digits over GenerationText().
std::string DigestOf(const Generation& generation);

// Whether either could stand for the other: a digest that only one of them has
// tells nothing.
bool MayBeTheSame(const GenerationImage& one, const GenerationImage& other);

// What of `now` is not as in `good`, in words for people: "the image `a` is
// new, the policy is another one". "" where nothing is.
std::string WhatChanged(const Generation& good, const Generation& now);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_BOOT_GENERATION_H_
