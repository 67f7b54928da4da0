// Byte offsets of a UTF-8 text to lines and columns as an editor shows them.
#ifndef EXTGATE_POLICY_TEXT_INDEX_H_
#define EXTGATE_POLICY_TEXT_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"

namespace extgate {

// A line and a column, both from 1; columns count characters.
struct TextPlace {
  int line = 1;
  int column = 1;
};

// An index over one text, which must outlive it. Immutable, thread-safe. A
// look-up costs a constant however long the line is, so that a hostile text of
// one line cannot make positions quadratic.
class TextIndex {
 public:
  explicit TextIndex(absl::string_view text);

  // The place of the byte at `offset`; an offset past the end is the end.
  TextPlace PlaceOf(size_t offset) const;

  // The place of byte `column` of line `line`, both from 0 as YAML scanners
  // count; beyond the end of the text is the end.
  TextPlace PlaceOf(size_t line, size_t column) const;

  // Offset of the first byte of `line` (from 0); the text's size beyond it.
  size_t LineStart(size_t line) const;

 private:
  // Bytes of [0, offset) that continue a character (10xxxxxx).
  size_t ContinuationsBefore(size_t offset) const;

  absl::string_view text_;
  std::vector<uint32_t> line_starts_;
  std::vector<uint32_t> continuations_;  // before each block of kBlock bytes
};

// Offset of the first byte that no YAML text may hold: not UTF-8 (overlong
// forms and surrogates included), a control character other than tab and line
// feed, or a carriage return without a line feed. nullopt: the text is clean.
std::optional<size_t> FirstForbiddenByte(absl::string_view text);

}  // namespace extgate

#endif  // EXTGATE_POLICY_TEXT_INDEX_H_
