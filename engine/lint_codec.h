// What lint found, for programs.
#ifndef EXTGATE_ENGINE_LINT_CODEC_H_
#define EXTGATE_ENGINE_LINT_CODEC_H_

#include <string>

#include "engine/policy_lint.h"

namespace extgate {

// Message PolicyLint of proto/lint.proto.
std::string LintToJson(const PolicyLint& lint);

// SARIF 2.1.0 (OASIS), with what GitHub's code scanning asks for: one run, its
// rules those codes that were found. Columns count characters. A place without
// a path (the built-in default) is left out.
std::string LintToSarif(const PolicyLint& lint);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_LINT_CODEC_H_
