// Way in: ByteCursor over a span; every read goes through Bytes().
#include "engine/image/byte_cursor.h"

#include <algorithm>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace extgate {

absl::Span<const uint8_t> ByteCursor::Bytes(uint64_t offset, uint64_t size) {
  if (offset > bytes_.size() || size > bytes_.size() - offset) {
    ok_ = false;
    return {};
  }
  return bytes_.subspan(offset, size);
}

uint64_t ByteCursor::Number(uint64_t offset, uint64_t width) {
  uint64_t value = 0;
  int shift = 0;
  for (uint8_t byte : Bytes(offset, width)) {
    value |= static_cast<uint64_t>(byte) << shift;
    shift += 8;
  }
  return value;
}

uint8_t ByteCursor::U8(uint64_t offset) {
  return static_cast<uint8_t>(Number(offset, 1));
}
uint16_t ByteCursor::U16(uint64_t offset) {
  return static_cast<uint16_t>(Number(offset, 2));
}
uint32_t ByteCursor::U32(uint64_t offset) {
  return static_cast<uint32_t>(Number(offset, 4));
}
uint64_t ByteCursor::U64(uint64_t offset) { return Number(offset, 8); }

bool ByteCursor::Matches(uint64_t offset, absl::string_view text) {
  const absl::Span<const uint8_t> found = Bytes(offset, text.size());
  return found.size() == text.size() &&
         std::equal(found.begin(), found.end(), text.begin(),
                    [](uint8_t byte, char c) {
                      return byte == static_cast<uint8_t>(c);
                    });
}

bool AllZero(absl::Span<const uint8_t> bytes) {
  return std::all_of(bytes.begin(), bytes.end(),
                     [](uint8_t byte) { return byte == 0; });
}

std::string GuidText(absl::Span<const uint8_t> guid) {
  constexpr int kOrder[16] = {3, 2, 1,  0,  5,  4,  7,  6,
                              8, 9, 10, 11, 12, 13, 14, 15};
  if (guid.size() != 16) return "";
  std::string raw;
  for (int index : kOrder) raw.push_back(static_cast<char>(guid[index]));
  const std::string hex = absl::BytesToHexString(raw);
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-",
                      hex.substr(12, 4), "-", hex.substr(16, 4), "-",
                      hex.substr(20));
}

}  // namespace extgate
