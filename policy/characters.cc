// Ways in: the functions of the header.
#include "policy/characters.h"

#include "policy/printable.h"

namespace extgate {
namespace {

constexpr uint32_t kRawByte = 0x110000;

}  // namespace

uint32_t TakeCharacter(absl::string_view text, size_t& at) {
  const int length = Utf8Length(text.substr(at));
  const auto lead = static_cast<uint8_t>(text[at]);
  if (length <= 1) {
    ++at;
    return length == 1 ? lead : kRawByte + lead;
  }
  uint32_t character = lead & (0xffu >> (length + 1));
  for (int i = 1; i < length; ++i) {
    character = character << 6 | (static_cast<uint8_t>(text[at + i]) & 0x3fu);
  }
  at += length;
  return character;
}

}  // namespace extgate
