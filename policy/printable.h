// Text from outside (file names, fields of images) made safe to show: on a
// terminal, in a log, in JSON.
#ifndef EXTGATE_POLICY_PRINTABLE_H_
#define EXTGATE_POLICY_PRINTABLE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace extgate {

// `text` unchanged when it is valid UTF-8 without control characters; else with
// every control character and every byte that is not part of a valid character
// written as \n, \t or \xNN.
std::string PrintableText(absl::string_view text);

// The length in bytes (1 to 4) of the valid UTF-8 character that `text` begins
// with; 0 when it begins with none: empty, truncated, overlong, a surrogate or
// beyond U+10FFFF.
int Utf8Length(absl::string_view text);

// Appends the character `code_point` as UTF-8. It must be one: no surrogate, at
// most U+10FFFF.
void AppendUtf8(uint32_t code_point, std::string& text);

// Whether `text` is valid UTF-8 from end to end, as empty text is.
bool IsUtf8(absl::string_view text);

}  // namespace extgate

#endif  // EXTGATE_POLICY_PRINTABLE_H_
