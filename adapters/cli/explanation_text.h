// An explanation as a person reads it at night: the decision, then what to do.
#ifndef EXTGATE_ADAPTERS_CLI_EXPLANATION_TEXT_H_
#define EXTGATE_ADAPTERS_CLI_EXPLANATION_TEXT_H_

#include <string>

#include "adapters/cli/table.h"
#include "engine/remedy/explanation.h"

namespace extgate {

// All images. What is to be pasted stands in lines of its own, indented alike.
std::string ExplanationText(const Explanation& explanation, Colour colour);

// What the last apply decided about `image`, one line with its age as of `now`
// (RFC 3339) and whether it was in another boot than `boot_id`.
std::string LastLine(const Report& last, const ReportedImage& image,
                     const std::string& now, const std::string& boot_id);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_CLI_EXPLANATION_TEXT_H_
