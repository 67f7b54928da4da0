// ImageFacts to JSON or bytes as proto/facts.proto has them, and back: what
// `inspect` prints and what a fleet may keep instead of images. Equal facts are
// written alike.
#ifndef EXTGATE_ENGINE_FACTS_CODEC_H_
#define EXTGATE_ENGINE_FACTS_CODEC_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "policy/facts.h"
#include "policy/host_overlap.h"
#include "policy/signature_standing.h"

namespace extgate {

// One line of JSON without newline at its end: the facts proper.
std::string FactsToJson(const ImageFacts& facts);

// The same, how the signature stands against the certificates given, and how
// the tree meets the host's, unless nobody looked.
std::string FactsToJson(const ImageFacts& facts,
                        const SignatureStanding& standing,
                        const Evidence<HostOverlap>& overlap = Absent());

// The same facts as protobuf's own bytes, for another process of ours.
std::string FactsToBytes(const ImageFacts& facts);

// Reads them back. InvalidArgument when they are not what FactsToBytes()
// writes.
absl::StatusOr<ImageFacts> FactsFromBytes(absl::string_view bytes);

// Reads either JSON back, without what is not recorded. Equal to what was
// written where its text was UTF-8. InvalidArgument when it is not what
// FactsToJson() writes.
absl::StatusOr<ImageFacts> FactsFromJson(absl::string_view json);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_FACTS_CODEC_H_
