// One way in: Table::Render.
#include "adapters/cli/table.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace extgate {
namespace {

const char* EscapeOf(Tone tone) {
  switch (tone) {
    case Tone::kPlain:
      return "";
    case Tone::kGood:
      return "\033[32m";
    case Tone::kBad:
      return "\033[31m";
    case Tone::kWarning:
      return "\033[33m";
    case Tone::kFaint:
      return "\033[2m";
  }
  return "";
}

// Characters, not bytes: continuation bytes of UTF-8 do not count.
size_t Width(const std::string& text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(),
      [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

Colour ColourOf(std::FILE* stream) {
  if (std::getenv("NO_COLOR") != nullptr) return Colour::kOff;
  const char* terminal = std::getenv("TERM");
  if (terminal == nullptr || std::strcmp(terminal, "dumb") == 0) {
    return Colour::kOff;
  }
  return isatty(fileno(stream)) == 1 ? Colour::kOn : Colour::kOff;
}

std::string Painted(const std::string& text, Tone tone, Colour colour) {
  if (colour == Colour::kOff || tone == Tone::kPlain) return text;
  return EscapeOf(tone) + text + "\033[0m";
}

Table::Table(std::vector<std::string> head) : head_(std::move(head)) {}

void Table::Add(std::vector<Cell> row) {
  row.resize(head_.size());
  lines_.push_back({std::move(row)});
}

void Table::AddNote(std::string text) {
  std::vector<Cell> row(head_.size());
  row.back() = {std::move(text), Tone::kFaint};
  lines_.push_back({std::move(row)});
}

std::string Table::Render(Colour colour) const {
  std::vector<size_t> widths;
  for (const std::string& title : head_) widths.push_back(Width(title));
  for (const Line& line : lines_) {
    for (size_t i = 0; i + 1 < widths.size(); ++i) {
      widths[i] = std::max(widths[i], Width(line.cells[i].text));
    }
  }
  const auto render = [&](const std::vector<Cell>& cells) {
    std::string out;
    for (size_t i = 0; i < cells.size(); ++i) {
      out += Painted(cells[i].text, cells[i].tone, colour);
      if (i + 1 == cells.size()) break;
      out.append(widths[i] - Width(cells[i].text) + 2, ' ');
    }
    while (!out.empty() && out.back() == ' ') out.pop_back();
    return out + "\n";
  };
  std::vector<Cell> head;
  for (const std::string& title : head_) head.push_back({title, Tone::kFaint});
  std::string out = render(head);
  for (const Line& line : lines_) out += render(line.cells);
  return out;
}

}  // namespace extgate
