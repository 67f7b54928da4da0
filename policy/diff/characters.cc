// Ways in: the functions of the header.
#include "policy/diff/characters.h"

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

std::string TextOf(uint32_t character) {
  if (character < 0x80) return std::string(1, static_cast<char>(character));
  std::string text;
  const int more = character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
  const uint32_t lead = 0xff00u >> (more + 1) & 0xff;
  text.push_back(static_cast<char>(lead | character >> (6 * more)));
  for (int i = more - 1; i >= 0; --i) {
    text.push_back(static_cast<char>(0x80 | (character >> (6 * i) & 0x3f)));
  }
  return text;
}

}  // namespace extgate
