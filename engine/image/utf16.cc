// Way in: Utf16ToUtf8.
#include "engine/image/utf16.h"

#include "engine/image/byte_cursor.h"
#include "policy/printable.h"

namespace extgate {

std::optional<std::string> Utf16ToUtf8(absl::Span<const uint8_t> bytes) {
  ByteCursor cursor(bytes);
  std::string text;
  uint32_t high = 0;  // a high surrogate that waits for its low one
  for (uint64_t at = 0; at < bytes.size(); at += 2) {
    const uint32_t unit = cursor.U16(at);
    if (!cursor.ok()) return std::nullopt;
    if (unit == 0) break;
    const bool is_high = unit >= 0xd800 && unit < 0xdc00;
    const bool is_low = unit >= 0xdc00 && unit < 0xe000;
    if (is_low != (high != 0)) return std::nullopt;
    if (is_low) {
      AppendUtf8(0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00), text);
      high = 0;
    } else if (is_high) {
      high = unit;
    } else {
      AppendUtf8(unit, text);
    }
  }
  if (high != 0) return std::nullopt;
  return text;
}

}  // namespace extgate
