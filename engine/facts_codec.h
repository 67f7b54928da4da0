// ImageFacts to JSON as proto/facts.proto has it, and back: what `inspect`
// prints and what a fleet may keep instead of images.
#ifndef EXTGATE_ENGINE_FACTS_CODEC_H_
#define EXTGATE_ENGINE_FACTS_CODEC_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "policy/facts.h"
#include "policy/signature_standing.h"

namespace extgate {

// One line of JSON without newline at its end: the facts proper.
std::string FactsToJson(const ImageFacts& facts);

// The same, and how the signature stands against the certificates given.
std::string FactsToJson(const ImageFacts& facts,
                        const SignatureStanding& standing);

// Reads either back, without the standing. Equal to what was written where its
// text was UTF-8. InvalidArgument when it is not what FactsToJson() writes.
absl::StatusOr<ImageFacts> FactsFromJson(absl::string_view json);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_FACTS_CODEC_H_
