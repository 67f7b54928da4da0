// Ways in: Utf16ToUtf8 and Utf8ToUtf16.
#include "engine/image/utf16.h"

#include <cstdint>

#include "engine/image/byte_cursor.h"
#include "policy/printable.h"

namespace extgate {
namespace {

// Of one valid character of UTF-8.
uint32_t CodePoint(absl::string_view character) {
  // What of its first byte is not its length, by that length.
  static constexpr uint32_t kFirst[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
  uint32_t point = uint8_t(character[0]) & kFirst[character.size()];
  for (char c : character.substr(1)) point = point << 6 | (uint8_t(c) & 0x3f);
  return point;
}

}  // namespace

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

std::optional<std::string> Utf8ToUtf16(absl::string_view text) {
  std::string units;
  const auto put = [&units](uint32_t unit) {
    units.push_back(static_cast<char>(unit & 0xff));
    units.push_back(static_cast<char>(unit >> 8));
  };
  while (!text.empty()) {
    const int length = Utf8Length(text);
    if (length == 0 || text[0] == '\0') return std::nullopt;
    const uint32_t point = CodePoint(text.substr(0, length));
    if (point < 0x10000) {
      put(point);
    } else {
      put(0xd800 + ((point - 0x10000) >> 10));
      put(0xdc00 + ((point - 0x10000) & 0x3ff));
    }
    text.remove_prefix(length);
  }
  put(0);
  return units;
}

}  // namespace extgate
