// The JSON that all messages of extgate are printed as.
#ifndef EXTGATE_ENGINE_MESSAGE_JSON_H_
#define EXTGATE_ENGINE_MESSAGE_JSON_H_

#include <google/protobuf/message.h>

#include <string>

namespace extgate {

enum class JsonLayout {
  kOneLine,   // no newline at the end
  kIndented,  // a newline at the end
};

// `message` with its fields' own names, printed even when empty. Its strings
// must be UTF-8 (policy/printable.h), else the result is an empty object.
std::string MessageToJson(const google::protobuf::Message& message,
                          JsonLayout layout);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_MESSAGE_JSON_H_
