// Ways in: PolicySchema, IsPolicyKey, FieldNamed and MendEmptyList.
#include "policy/policy_schema.h"

#include <string>

#include "proto/policy.pb.h"

namespace extgate {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

}  // namespace

const Descriptor& PolicySchema() { return *v1::PolicyFile::descriptor(); }

bool IsPolicyKey(absl::string_view key) {
  const google::protobuf::FileDescriptor& file = *PolicySchema().file();
  for (int i = 0; i < file.message_type_count(); ++i) {
    if (FieldNamed(file.message_type(i), key) != nullptr) return true;
  }
  return false;
}

const FieldDescriptor* FieldNamed(const Descriptor* message,
                                  absl::string_view name) {
  if (message == nullptr) return nullptr;
  return message->FindFieldByName(std::string(name));
}

void MendEmptyList(Node& list) {
  if (list.items.size() == 1 && list.items[0].kind == Node::Kind::kScalar &&
      list.items[0].text.empty()) {
    list.items.clear();
  }
}

}  // namespace extgate
