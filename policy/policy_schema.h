// The policy language as proto/policy.proto has it: which keys there are and
// what each takes, for readers and writers that go by it and not key by key.
#ifndef EXTGATE_POLICY_POLICY_SCHEMA_H_
#define EXTGATE_POLICY_POLICY_SCHEMA_H_

#include <google/protobuf/descriptor.h>

#include "absl/strings/string_view.h"
#include "policy/document.h"

namespace extgate {

// Of the message at the root, extgate.v1.PolicyFile. Static lifetime.
const google::protobuf::Descriptor& PolicySchema();

// Whether any mapping of the language has `key`.
bool IsPolicyKey(absl::string_view key);

// `field` when `message` has one of this name; nullptr when it has none or is
// itself nullptr (of what an unknown key holds nothing is known).
const google::protobuf::FieldDescriptor* FieldNamed(
    const google::protobuf::Descriptor* message, absl::string_view name);

// A list of one empty text, which stands for the empty one in protobuf, to
// that.
void MendEmptyList(Node& list);

}  // namespace extgate

#endif  // EXTGATE_POLICY_POLICY_SCHEMA_H_
