// The JSON and the bytes that all messages of extgate are written as.
#ifndef EXTGATE_ENGINE_MESSAGE_JSON_H_
#define EXTGATE_ENGINE_MESSAGE_JSON_H_

#include <google/protobuf/message.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace extgate {

enum class JsonLayout {
  kOneLine,   // no newline at the end
  kIndented,  // a newline at the end
};

// `message` as protobuf's own bytes. Equal messages give equal bytes: maps are
// sorted by key.
std::string MessageToBytes(const google::protobuf::Message& message);

// `message` with its fields' own names, printed even when empty. Equal messages
// give equal texts. Its strings
// must be UTF-8 (policy/printable.h), else the result is an empty object.
std::string MessageToJson(const google::protobuf::Message& message,
                          JsonLayout layout);

// Fills `message`, which is to be empty. Fields that it does not know are
// passed over. InvalidArgument, "not NOUN: why", when `json` does not hold it.
absl::Status ParseMessage(absl::string_view json, absl::string_view noun,
                          google::protobuf::Message& message);

// The same from protobuf's own bytes. Whoever wrote them, nothing is printed.
absl::Status ParseMessageBytes(absl::string_view bytes, absl::string_view noun,
                               google::protobuf::Message& message);

template <typename M>
absl::StatusOr<M> MessageFromJson(absl::string_view json,
                                  absl::string_view noun) {
  M message;
  absl::Status status = ParseMessage(json, noun, message);
  if (!status.ok()) return status;
  return message;
}

}  // namespace extgate

#endif  // EXTGATE_ENGINE_MESSAGE_JSON_H_
