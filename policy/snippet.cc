// One way in: Snippets::At. A line becomes cells, one a character, of which
// those around the caret are shown.
#include "policy/snippet.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "policy/printable.h"

namespace extgate {
namespace {

constexpr int kTab = 8;
constexpr int kMaxColumns = 100;  // that are shown
constexpr int kBehindCaret = 40;  // of those, where the line goes on

struct Cell {
  std::string text;
  int columns = 1;
};

using Range = std::pair<uint32_t, uint32_t>;

bool IsIn(uint32_t character, const Range* begin, const Range* end) {
  const Range* const range =
      std::lower_bound(begin, end, character,
                       [](const Range& r, uint32_t c) { return r.second < c; });
  return range != end && range->first <= character;
}

// East Asian wide, and emoji. Source: Unicode 15, EastAsianWidth.txt, coarsely.
constexpr Range kWide[] = {
    {0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0x33ff},
    {0x3400, 0x4dbf},   {0x4e00, 0xa4cf},   {0xa960, 0xa97c},
    {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},
    {0xff01, 0xff60},   {0xffe0, 0xffe6},   {0x1f300, 0x1f64f},
    {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};
// What combines with the character before.
constexpr Range kNarrow[] = {
    {0x0300, 0x036f}, {0x0483, 0x0489},  {0x0591, 0x05bd}, {0x064b, 0x065f},
    {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff},  {0x20d0, 0x20ff}, {0xfe00, 0xfe0f},
    {0xfe20, 0xfe2f}, {0xe0100, 0xe01ef}};
// What cannot be seen, or turns the direction of the text.
constexpr Range kHidden[] = {
    {0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},
    {0x61c, 0x61c},   {0x200b, 0x200f}, {0x2028, 0x202e},
    {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xe0000, 0xe007f}};

uint32_t CodePoint(absl::string_view character) {
  const auto lead = static_cast<uint8_t>(character[0]);
  if (character.size() == 1) return lead;
  uint32_t value = lead & (0xffu >> (character.size() + 1));
  for (char c : character.substr(1)) {
    value = value << 6 | (static_cast<uint8_t>(c) & 0x3fu);
  }
  return value;
}

// The first character of `text`, which is shown from `column` (from 0) on.
// Moves `text` behind it.
Cell TakeCell(absl::string_view& text, int column) {
  const size_t length =
      std::max<size_t>(1, static_cast<size_t>(Utf8Length(text)));
  const bool valid = Utf8Length(text) > 0;
  const absl::string_view character = text.substr(0, length);
  text.remove_prefix(length);
  if (!valid) return {"?", 1};
  const uint32_t code = CodePoint(character);
  if (code == '\t') {
    const int columns = kTab - column % kTab;
    return {std::string(static_cast<size_t>(columns), ' '), columns};
  }
  if (IsIn(code, std::begin(kHidden), std::end(kHidden))) return {"?", 1};
  if (IsIn(code, std::begin(kNarrow), std::end(kNarrow))) {
    return {std::string(character), 0};
  }
  const bool wide = IsIn(code, std::begin(kWide), std::end(kWide));
  return {std::string(character), wide ? 2 : 1};
}

// The cells [first, last) that are shown, given the one with the caret.
std::pair<size_t, size_t> Window(const std::vector<Cell>& cells, size_t caret) {
  size_t last = std::min(caret, cells.size());
  int columns = 0;
  while (last < cells.size() && columns + cells[last].columns <= kBehindCaret) {
    columns += cells[last++].columns;
  }
  size_t first = std::min(caret, cells.size());
  while (first > 0 && columns + cells[first - 1].columns <= kMaxColumns) {
    columns += cells[--first].columns;
  }
  while (last < cells.size() && columns + cells[last].columns <= kMaxColumns) {
    columns += cells[last++].columns;
  }
  return {first, last};
}

}  // namespace

size_t Snippets::OffsetOf(size_t line, size_t column) const {
  size_t low = index_.LineStart(line - 1);
  size_t high = index_.LineStart(line);
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    const TextPlace place = index_.PlaceOf(middle);
    if (static_cast<size_t>(place.line) == line &&
        static_cast<size_t>(place.column) < column) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  // Not amid a character.
  while (low < text_.size() && (text_[low] & 0xC0) == 0x80) ++low;
  return low;
}

std::string Snippets::At(int line, int column) const {
  if (line < 1) return "";
  const size_t begin = index_.LineStart(static_cast<size_t>(line) - 1);
  if (begin >= text_.size() && line > 1) return "";
  // Only what may be shown is looked at, however long the line is.
  const size_t skipped =
      static_cast<size_t>(std::max(column - kMaxColumns - 2, 0));
  const size_t from = OffsetOf(static_cast<size_t>(line), skipped + 1);
  absl::string_view rest =
      text_.substr(from, index_.LineStart(static_cast<size_t>(line)) - from);
  absl::ConsumeSuffix(&rest, "\n");
  absl::ConsumeSuffix(&rest, "\r");
  std::vector<Cell> cells;
  for (int at = 0; !rest.empty() && cells.size() < 3 * kMaxColumns;) {
    cells.push_back(TakeCell(rest, at));
    at += cells.back().columns;
  }
  const size_t caret =
      std::min(cells.size(), std::max<size_t>(column, 1) - 1 - skipped);
  const auto [first, last] = Window(cells, caret);

  std::string shown = first + skipped > 0 ? "…" : "";
  size_t indent = first + skipped > 0 ? 1 : 0;
  for (size_t i = first; i < last; ++i) {
    shown += cells[i].text;
    if (i < caret) indent += static_cast<size_t>(cells[i].columns);
  }
  if (last < cells.size() || !rest.empty()) shown += "…";
  const std::string number = absl::StrCat(line);
  const std::string margin(5 > number.size() ? 5 - number.size() : 0, ' ');
  std::string out = absl::StrCat(margin, number, " | ", shown, "\n");
  if (column < 1) return out;
  absl::StrAppend(&out, std::string(margin.size() + number.size(), ' '), " | ",
                  std::string(indent, ' '), "^\n");
  return out;
}

}  // namespace extgate
