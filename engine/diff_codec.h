// What `extgate policy diff` found, for programs.
#ifndef EXTGATE_ENGINE_DIFF_CODEC_H_
#define EXTGATE_ENGINE_DIFF_CODEC_H_

#include <string>

#include "policy/diff/policy_diff.h"

namespace extgate {

// Message PolicyDifference of proto/policy_verbs.proto.
std::string DiffToJson(const PolicyDiff& diff);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_DIFF_CODEC_H_
