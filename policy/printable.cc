// One way in: PrintableText.
#include "policy/printable.h"

#include <cstdint>

#include "absl/strings/str_cat.h"

namespace extgate {
namespace {

bool IsContinuation(absl::string_view text, size_t index) {
  return index < text.size() &&
         (static_cast<uint8_t>(text[index]) & 0xC0) == 0x80;
}

bool IsControl(absl::string_view character) {
  if (character.size() == 1) {
    const auto byte = static_cast<uint8_t>(character[0]);
    return byte < 0x20 || byte == 0x7F;
  }
  // U+0080 to U+009F.
  return character.size() == 2 && character[0] == '\xC2' &&
         static_cast<uint8_t>(character[1]) < 0xA0;
}

void AppendEscaped(absl::string_view bytes, std::string& out) {
  for (char c : bytes) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else {
      absl::StrAppend(&out, "\\x",
                      absl::Hex(static_cast<uint8_t>(c), absl::kZeroPad2));
    }
  }
}

}  // namespace

int Utf8Length(absl::string_view text) {
  if (text.empty()) return 0;
  const auto lead = static_cast<uint8_t>(text[0]);
  if (lead < 0x80) return 1;
  const auto second =
      text.size() > 1 ? static_cast<uint8_t>(text[1]) : uint8_t{0};
  if (lead >= 0xC2 && lead <= 0xDF) return IsContinuation(text, 1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (!IsContinuation(text, 1) || !IsContinuation(text, 2)) return 0;
    if (lead == 0xE0 && second < 0xA0) return 0;  // overlong
    if (lead == 0xED && second > 0x9F) return 0;  // surrogates
    return 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (!IsContinuation(text, 1) || !IsContinuation(text, 2) ||
        !IsContinuation(text, 3)) {
      return 0;
    }
    if (lead == 0xF0 && second < 0x90) return 0;  // overlong
    if (lead == 0xF4 && second > 0x8F) return 0;  // beyond U+10FFFF
    return 4;
  }
  return 0;
}

bool IsUtf8(absl::string_view text) {
  while (!text.empty()) {
    const int length = Utf8Length(text);
    if (length == 0) return false;
    text.remove_prefix(static_cast<size_t>(length));
  }
  return true;
}

std::string PrintableText(absl::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const int length = Utf8Length(text);
    const absl::string_view character =
        text.substr(0, length == 0 ? 1 : static_cast<size_t>(length));
    if (length == 0 || IsControl(character)) {
      AppendEscaped(character, out);
    } else {
      out.append(character.data(), character.size());
    }
    text.remove_prefix(character.size());
  }
  return out;
}

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

}  // namespace extgate
