// A policy in protobuf's binary format to a document.
#ifndef EXTGATE_POLICY_BINPB_READER_H_
#define EXTGATE_POLICY_BINPB_READER_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "policy/diagnostic.h"
#include "policy/document.h"

namespace extgate {

// A document that is no text: in place of lines it has the paths of its fields.
struct FieldDocument {
  // `line` of a node is 1 and the index of its path; `column` is 0.
  Node root;
  std::vector<std::string> paths;  // extension_policy.rules[0].match.name[1]
};

// Reads a message PolicyFile of proto/policy.proto in the binary format
// (protobuf.dev, "Encoding"), with the limits of ReadYaml. A field that the
// message does not have stays in the tree under the key `field NUMBER`, without
// its value, for the reader of policies to judge. Total: any bytes in.
//
// With nullopt there is exactly one diagnostic: binpb-syntax (no message, or
// too many fields) or file-unreadable (too many bytes). With a tree there may
// be some too, each with the path of its field: of a kind that the field has
// not, or a text that is not UTF-8 (wrong-type), and a field that is no list
// given twice (duplicate-key), where protobuf would take the last one.
WithDiagnostics<std::optional<FieldDocument>> ReadBinpb(absl::string_view bytes,
                                                        absl::string_view path);

}  // namespace extgate

#endif  // EXTGATE_POLICY_BINPB_READER_H_
