// Ways in: MessageToJson, MessageToBytes, ParseMessage and ParseMessageBytes.
#include "engine/message_json.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/type_resolver.h>
#include <google/protobuf/util/type_resolver_util.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "policy/printable.h"

namespace extgate {
namespace {

constexpr char kUrlPrefix[] = "type.googleapis.com";

}  // namespace

std::string MessageToBytes(const google::protobuf::Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

std::string MessageToJson(const google::protobuf::Message& message,
                          JsonLayout layout) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = layout == JsonLayout::kIndented;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string json;
  // What MessageToJsonString() does, but for the order of maps.
  const std::unique_ptr<google::protobuf::util::TypeResolver> types(
      google::protobuf::util::NewTypeResolverForDescriptorPool(
          kUrlPrefix, message.GetDescriptor()->file()->pool()));
  const auto status = google::protobuf::util::BinaryToJsonString(
      types.get(),
      absl::StrCat(kUrlPrefix, "/", message.GetDescriptor()->full_name()),
      MessageToBytes(message), &json, options);
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

absl::Status ParseMessageBytes(absl::string_view bytes, absl::string_view noun,
                               google::protobuf::Message& message) {
  // It would print that a string is not UTF-8.
  const google::protobuf::LogSilencer silencer;
  if (message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat("not ", noun));
}

}  // namespace extgate
