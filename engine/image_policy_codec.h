// What `extgate policy image-policy` found, as JSON (proto/image_policy.proto).
#ifndef EXTGATE_ENGINE_IMAGE_POLICY_CODEC_H_
#define EXTGATE_ENGINE_IMAGE_POLICY_CODEC_H_

#include <string>

#include "absl/strings/string_view.h"
#include "engine/compilation.h"
#include "policy/image_policy_comparison.h"
#include "policy/image_policy_explanation.h"

namespace extgate {

std::string ExplanationToJson(const ImagePolicyExplanation& explanation);
std::string RelationToJson(const ImagePolicyRelation& relation);
std::string NormalisedToJson(absl::string_view text,
                             absl::string_view normalised);
std::string CompilationToJson(const Compilation& compilation);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_POLICY_CODEC_H_
