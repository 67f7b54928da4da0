// Ways in: MessageToJson and ParseMessage.
#include "engine/message_json.h"

#include <google/protobuf/util/json_util.h>

#include "absl/strings/str_cat.h"
#include "policy/printable.h"

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

absl::Status ParseMessage(absl::string_view json, absl::string_view noun,
                          google::protobuf::Message& message) {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  const auto status = google::protobuf::util::JsonStringToMessage(
      std::string(json), &message, options);
  if (status.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("not ", noun, ": ",
                   PrintableText(absl::string_view(status.message().data(),
                                                   status.message().size()))));
}

}  // namespace extgate
