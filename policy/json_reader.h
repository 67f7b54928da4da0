// A policy in JSON to a located document.
#ifndef EXTGATE_POLICY_JSON_READER_H_
#define EXTGATE_POLICY_JSON_READER_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "policy/diagnostic.h"
#include "policy/document.h"

namespace extgate {

// Reads one value of JSON (RFC 8259, with nothing added), with the limits of
// ReadYaml: the tree of the same policy in YAML. It is no reader of YAML that
// reads it, since that takes no surrogates in escapes, no tabs, and much that
// is no JSON. Keys given twice stay in the tree, for CheckPlain. Total: any
// bytes in.
//
// With nullopt there is exactly one diagnostic: json-syntax, the first problem
// of the text (a character that is no printable one anywhere, and the
// limits on depth and nodes count as such), or file-unreadable.
WithDiagnostics<std::optional<Node>> ReadJson(absl::string_view text,
                                              absl::string_view path);

}  // namespace extgate

#endif  // EXTGATE_POLICY_JSON_READER_H_
