// A policy in protobuf's text format to a located document.
#ifndef EXTGATE_POLICY_TEXTPROTO_READER_H_
#define EXTGATE_POLICY_TEXTPROTO_READER_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "policy/diagnostic.h"
#include "policy/document.h"

namespace extgate {

// Reads a message PolicyFile of proto/policy.proto in the text format
// (protobuf.dev, "Text Format Language Specification"), in UTF-8, with the
// limits of ReadYaml. What is read here protobuf's own parser reads too, to
// the same message; not the other way round: extensions, surrogates in escapes
// and a list without its colon are refused, for nobody needs them.
//
// Keys that are not of the language stay in the tree, with what they hold, for
// the reader of policies to judge; so does a field that is given twice and is
// no list, for CheckPlain. Total: any bytes in.
//
// With nullopt there is exactly one diagnostic: textproto-syntax, the first
// problem of the text, or file-unreadable (too many bytes). With a tree there
// may be some too: a text without quotes or a number or truth value in quotes
// (wrong-type), and a map entry with a key other than `key` and `value`
// (unknown-key), twice the same (duplicate-key) or without `key` (missing-key).
WithDiagnostics<std::optional<Node>> ReadTextproto(absl::string_view text,
                                                   absl::string_view path);

}  // namespace extgate

#endif  // EXTGATE_POLICY_TEXTPROTO_READER_H_
