// Ways in: Field, TextField, HexField, PcrOf.
#include "engine/pcr/json_object.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"

namespace extgate {

using google::protobuf::Struct;
using google::protobuf::Value;

const Value* Field(const Struct& object, const char* name) {
  const auto found = object.fields().find(name);
  return found == object.fields().end() ? nullptr : &found->second;
}

std::string TextField(const Struct& object, const char* name) {
  const Value* const value = Field(object, name);
  return value != nullptr && value->has_string_value() ? value->string_value()
                                                       : std::string();
}

std::string HexField(const Struct& object, const char* name, size_t bytes) {
  const std::string hex = TextField(object, name);
  if (hex.size() != 2 * bytes ||
      !std::all_of(hex.begin(), hex.end(),
                   [](unsigned char c) { return absl::ascii_isxdigit(c); })) {
    return "";
  }
  return absl::HexStringToBytes(hex);
}

std::optional<int> PcrOf(const Value& value) {
  const double number = value.number_value();  // 0 where it is none
  if (!value.has_number_value() || number < 0 || number >= kPcrCount) {
    return std::nullopt;
  }
  const int pcr = static_cast<int>(number);
  if (pcr != number) return std::nullopt;
  return pcr;
}

}  // namespace extgate
