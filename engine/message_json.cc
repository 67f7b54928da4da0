// One way in: MessageToJson.
#include "engine/message_json.h"

#include <google/protobuf/util/json_util.h>

namespace extgate {

std::string MessageToJson(const google::protobuf::Message& message,
                          JsonLayout layout) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = layout == JsonLayout::kIndented;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string json;
  const auto status =
      google::protobuf::util::MessageToJsonString(message, &json, options);
  if (status.ok()) return json;
  return layout == JsonLayout::kIndented ? "{}\n" : "{}";
}

}  // namespace extgate
