// Parts of a located document as texts of their own.
#ifndef EXTGATE_POLICY_CASES_NODE_TEXT_H_
#define EXTGATE_POLICY_CASES_NODE_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "policy/document.h"

namespace extgate {

// `node` as JSON. What is written plainly as `true`, `false` or `null` is that,
// every other scalar a string, as protobuf's JSON takes for numbers too. An
// alias is null.
std::string NodeToJson(const Node& node);

// The part of `text` from `node` on to what follows it in `root`, both read
// from it, with blanks in place of what stands before: each line is where it
// was. `node` is to be written as a block, or behind it nothing on its line.
std::string SliceOf(absl::string_view text, const Node& root, const Node& node);

}  // namespace extgate

#endif  // EXTGATE_POLICY_CASES_NODE_TEXT_H_
