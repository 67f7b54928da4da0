// A pattern, a newline, a name. The matcher agrees with a table of every prefix
// against every prefix.
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "fuzz/fuzz.h"
#include "policy/glob.h"
#include "policy/printable.h"

namespace extgate {
namespace {

// Bounds the table of the reference.
constexpr size_t kMaxCharacters = 256;

// `text` cut into characters, each as its bytes.
std::vector<std::string> Characters(absl::string_view text) {
  std::vector<std::string> characters;
  while (!text.empty()) {
    const int length = Utf8Length(text);
    const size_t taken = length == 0 ? 1 : static_cast<size_t>(length);
    characters.emplace_back(text.substr(0, taken));
    text.remove_prefix(taken);
  }
  return characters;
}

// Characters in the order of their code points, bytes that are not UTF-8 last.
bool AtMost(const std::string& a, const std::string& b) {
  const bool a_is_raw = Utf8Length(a) == 0;
  const bool b_is_raw = Utf8Length(b) == 0;
  return a_is_raw != b_is_raw ? b_is_raw : a <= b;
}

// One element of a pattern that was accepted: `*`, or what one character is.
using Element = std::vector<std::string>;

std::vector<Element> Elements(absl::string_view pattern) {
  const std::vector<std::string> characters = Characters(pattern);
  std::vector<Element> elements;
  for (size_t i = 0; i < characters.size(); ++i) {
    Element element = {characters[i]};
    if (characters[i] == "[") {
      const size_t first = i + (characters[i + 1] == "!" ? 2 : 1);
      do {
        element.push_back(characters[++i]);
      } while (i <= first || characters[i] != "]");
    }
    elements.push_back(std::move(element));
  }
  return elements;
}

bool Takes(const Element& element, const std::string& character) {
  if (element.size() == 1) {
    return element[0] == "?" || element[0] == character;
  }
  const bool negated = element[1] == "!";
  bool listed = false;
  const size_t end = element.size() - 1;
  for (size_t i = negated ? 2 : 1; i < end; ++i) {
    const bool is_range = i + 2 < end && element[i + 1] == "-";
    listed |= is_range ? AtMost(element[i], character) &&
                             AtMost(character, element[i + 2])
                       : element[i] == character;
    if (is_range) i += 2;
  }
  return listed != negated;
}

bool Reference(const std::vector<Element>& pattern,
               const std::vector<std::string>& name) {
  // row[j]: the elements so far take the first j characters.
  std::vector<bool> row(name.size() + 1, false);
  row[0] = true;
  for (const Element& element : pattern) {
    std::vector<bool> next(name.size() + 1, false);
    const bool is_run = element.size() == 1 && element[0] == "*";
    for (size_t j = 0; j <= name.size(); ++j) {
      next[j] = is_run ? row[j] || (j > 0 && next[j - 1])
                       : j > 0 && row[j - 1] && Takes(element, name[j - 1]);
    }
    row = std::move(next);
  }
  return row[name.size()];
}

void Check(absl::string_view pattern, absl::string_view name) {
  const absl::StatusOr<Glob> glob = Glob::Parse(pattern);
  Require(glob.ok() || absl::IsInvalidArgument(glob.status()),
          "a pattern is accepted or InvalidArgument");
  if (!glob.ok()) return;
  Require(glob->text() == pattern, "text() is the pattern");
  Require(*Glob::Parse(glob->text()) == *glob, "its text parses to an equal");
  const bool matches = glob->Matches(name);
  Require(!matches || (absl::StartsWith(name, glob->LiteralPrefix()) &&
                       absl::EndsWith(name, glob->LiteralSuffix())),
          "a name that matches begins and ends as the pattern does");
  const std::vector<std::string> characters = Characters(name);
  const std::vector<Element> elements = Elements(pattern);
  if (characters.size() > kMaxCharacters || elements.size() > kMaxCharacters) {
    return;
  }
  Require(matches == Reference(elements, characters),
          "Matches agrees with the reference");
}

}  // namespace
}  // namespace extgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  extgate::FuzzInput input(data, size);
  const absl::string_view pattern = input.Until('\n');
  extgate::Check(pattern, input.RestText());
  return 0;
}
