// UTF-16 text inside binary formats.
#ifndef EXTGATE_ENGINE_IMAGE_UTF16_H_
#define EXTGATE_ENGINE_IMAGE_UTF16_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace extgate {

// UTF-16LE up to the first zero unit or the end, as UTF-8. nullopt when a
// surrogate stands alone, or half a unit is left over.
std::optional<std::string> Utf16ToUtf8(absl::Span<const uint8_t> bytes);

// UTF-8 as UTF-16LE, with a zero unit at its end, as firmware has strings.
// nullopt when it is no UTF-8, or has a NUL.
std::optional<std::string> Utf8ToUtf16(absl::string_view text);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_UTF16_H_
