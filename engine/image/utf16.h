// UTF-16 text inside binary formats.
#ifndef EXTGATE_ENGINE_IMAGE_UTF16_H_
#define EXTGATE_ENGINE_IMAGE_UTF16_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/types/span.h"

namespace extgate {

// UTF-16LE up to the first zero unit or the end, as UTF-8. nullopt when a
// surrogate stands alone, or half a unit is left over.
std::optional<std::string> Utf16ToUtf8(absl::Span<const uint8_t> bytes);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_UTF16_H_
