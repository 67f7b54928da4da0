// Columns for people: widths by content, colour on a terminal.
#ifndef EXTGATE_ADAPTERS_CLI_TABLE_H_
#define EXTGATE_ADAPTERS_CLI_TABLE_H_

#include <cstdio>
#include <string>
#include <vector>

namespace extgate {

enum class Tone { kPlain, kGood, kBad, kWarning, kFaint };

enum class Colour { kOff, kOn };

// On when `stream` is a terminal that takes colour: not with NO_COLOR set to
// anything, nor TERM=dumb.
Colour ColourOf(std::FILE* stream);

// `text` in `tone`; plain when colour is off.
std::string Painted(const std::string& text, Tone tone, Colour colour);

struct Cell {
  std::string text;  // printable, one line
  Tone tone = Tone::kPlain;
};

// Lines of a table with a head; two spaces between columns, the last column as
// long as it is. Widths are in characters.
class Table {
 public:
  explicit Table(std::vector<std::string> head);
  void Add(std::vector<Cell> row);
  // A line below the last row, under its last column.
  void AddNote(std::string text);
  std::string Render(Colour colour) const;

 private:
  struct Line {
    std::vector<Cell> cells;
  };
  std::vector<std::string> head_;
  std::vector<Line> lines_;
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_CLI_TABLE_H_
