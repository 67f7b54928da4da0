// YAML text to a located document.
#ifndef EXTGATE_POLICY_YAML_READER_H_
#define EXTGATE_POLICY_YAML_READER_H_

#include <cstddef>
#include <optional>

#include "absl/strings/string_view.h"
#include "policy/diagnostic.h"
#include "policy/document.h"

namespace extgate {

// Limits of one source; beyond them it is refused, not cut.
inline constexpr size_t kMaxPolicyBytes = 4u << 20;
inline constexpr int kMaxYamlDepth = 32;      // mappings and lists in another
inline constexpr int kMaxYamlNodes = 100000;  // keys, values and collections

// Reads one YAML 1.2 document in UTF-8; a byte order mark is skipped. The root
// of a text without a document is null. Total: any bytes in, no exception
// leaves it.
//
// With nullopt there is exactly one diagnostic, an error: yaml-syntax (the
// first problem of the text; more than one document, but for empty ones at its
// end, and the limits on depth and nodes count as such) or file-unreadable
// (more than kMaxPolicyBytes). Aliases, anchors, tags and duplicate keys stay
// in the tree: CheckPlain finds them, so that those in somebody else's part of
// a file are none of ours.
WithDiagnostics<std::optional<Node>> ReadYaml(absl::string_view text,
                                              absl::string_view path);

}  // namespace extgate

#endif  // EXTGATE_POLICY_YAML_READER_H_
