// A small strict JSON reader (RFC 8259) for objects whose members of interest
// are strings.
#ifndef EXTGATE_ENGINE_IMAGE_JSON_SCANNER_H_
#define EXTGATE_ENGINE_IMAGE_JSON_SCANNER_H_

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"

namespace extgate {

// One member of the outermost object.
struct JsonMember {
  std::string name;                 // unescaped
  std::optional<std::string> text;  // unescaped; nullopt: not a string
  size_t offset = 0;                // bytes, of the value
};

// Why a text is not one object, and the byte where that shows.
struct JsonFault {
  size_t offset = 0;
  std::string why;
};

// Reads one object and nothing but white space around it. Values that are not
// strings are read over, yet must be right. A fault: syntax, invalid UTF-8, a
// lone surrogate, a control character in a string, a name twice in one object
// (nested ones too), more than 16 objects and arrays in one another.
std::variant<std::vector<JsonMember>, JsonFault> ScanJsonObject(
    absl::string_view text);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_JSON_SCANNER_H_
