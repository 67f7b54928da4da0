// Way in: Utf16ToUtf8.
#include "engine/image/utf16.h"

#include "engine/image/byte_cursor.h"

namespace extgate {

void AppendUtf8(uint32_t code_point, std::string& text) {
  const auto put = [&text](uint32_t byte) {
    text.push_back(static_cast<char>(byte));
  };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xc0 | code_point >> 6);
    put(0x80 | (code_point & 0x3f));
  } else if (code_point < 0x10000) {
    put(0xe0 | code_point >> 12);
    put(0x80 | (code_point >> 6 & 0x3f));
    put(0x80 | (code_point & 0x3f));
  } else {
    put(0xf0 | code_point >> 18);
    put(0x80 | (code_point >> 12 & 0x3f));
    put(0x80 | (code_point >> 6 & 0x3f));
    put(0x80 | (code_point & 0x3f));
  }
}

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
