// Positions in a UTF-8 text. One way in: TextIndex; beside it the check that a
// text is one that positions make sense in.
#include "policy/text_index.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace extgate {
namespace {

constexpr size_t kBlock = 256;  // bytes between two counts

bool IsContinuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// A decoded character and its length in bytes; length 0: not UTF-8 (RFC 3629).
struct Decoded {
  uint32_t code_point = 0;
  size_t length = 0;
};

Decoded DecodeAt(absl::string_view text, size_t offset) {
  const auto byte_at = [&](size_t i) {
    return static_cast<unsigned char>(text[i]);
  };
  const unsigned char lead = byte_at(offset);
  if (lead < 0x80) return {lead, 1};
  size_t length = 0;
  uint32_t least = 0;
  uint32_t code_point = 0;
  if ((lead & 0xE0) == 0xC0) {
    length = 2, least = 0x80, code_point = lead & 0x1F;
  } else if ((lead & 0xF0) == 0xE0) {
    length = 3, least = 0x800, code_point = lead & 0x0F;
  } else if ((lead & 0xF8) == 0xF0) {
    length = 4, least = 0x10000, code_point = lead & 0x07;
  } else {
    return {};
  }
  if (text.size() - offset < length) return {};
  for (size_t i = 1; i < length; ++i) {
    if (!IsContinuation(text[offset + i])) return {};
    code_point = (code_point << 6) | (byte_at(offset + i) & 0x3F);
  }
  const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (code_point < least || code_point > 0x10FFFF || surrogate) return {};
  return {code_point, length};
}

// c-printable of YAML 1.2, less the carriage return, which the caller knows.
bool IsPrintable(uint32_t code_point) {
  if (code_point == '\t' || code_point == '\n') return true;
  if (code_point < 0x20 || code_point == 0x7F) return false;
  if (code_point >= 0x80 && code_point < 0xA0) return code_point == 0x85;
  return code_point != 0xFFFE && code_point != 0xFFFF;
}

}  // namespace

TextIndex::TextIndex(absl::string_view text) : text_(text) {
  line_starts_.push_back(0);
  uint32_t continuations = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i % kBlock == 0) continuations_.push_back(continuations);
    if (IsContinuation(text[i])) ++continuations;
    if (text[i] == '\n') line_starts_.push_back(static_cast<uint32_t>(i + 1));
  }
  continuations_.push_back(continuations);
}

size_t TextIndex::ContinuationsBefore(size_t offset) const {
  const size_t block = offset / kBlock;
  size_t count = continuations_[std::min(block, continuations_.size() - 1)];
  for (size_t i = block * kBlock; i < offset; ++i) {
    if (IsContinuation(text_[i])) ++count;
  }
  return count;
}

TextPlace TextIndex::PlaceOf(size_t offset) const {
  offset = std::min(offset, text_.size());
  const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(),
                                      static_cast<uint32_t>(offset));
  const size_t line = static_cast<size_t>(after - line_starts_.begin());
  const size_t start = line_starts_[line - 1];
  const size_t continuations =
      ContinuationsBefore(offset) - ContinuationsBefore(start);
  return {static_cast<int>(line),
          static_cast<int>(offset - start - continuations + 1)};
}

TextPlace TextIndex::PlaceOf(size_t line, size_t column) const {
  const size_t start = LineStart(line);
  // The line feed is the last byte of its line.
  const size_t last = line + 1 < line_starts_.size()
                          ? line_starts_[line + 1] - size_t{1}
                          : text_.size();
  return PlaceOf(start + std::min(column, last - start));
}

size_t TextIndex::LineStart(size_t line) const {
  return line < line_starts_.size() ? line_starts_[line] : text_.size();
}

std::optional<size_t> FirstForbiddenByte(absl::string_view text) {
  for (size_t i = 0; i < text.size();) {
    if (text[i] == '\r') {
      if (i + 1 == text.size() || text[i + 1] != '\n') return i;
      ++i;
      continue;
    }
    const Decoded decoded = DecodeAt(text, i);
    if (decoded.length == 0 || !IsPrintable(decoded.code_point)) return i;
    i += decoded.length;
  }
  return std::nullopt;
}

}  // namespace extgate
