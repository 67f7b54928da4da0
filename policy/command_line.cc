// One way in: ReadCommandLine.
#include "policy/command_line.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "policy/document.h"
#include "policy/false_word.h"
#include "policy/field_reader.h"
#include "policy/printable.h"
#include "policy/text_index.h"
#include "policy/values.h"

namespace extgate {
namespace {

constexpr char kPrefix[] = "extgate.";

// One word: a name, and a value where there is a `=`.
struct Word {
  size_t offset = 0;  // bytes from the start of the line
  std::string name;   // with `_` for `-`
  absl::string_view value;
  bool has_value = false;
};

Word SplitWord(absl::string_view text, size_t offset) {
  Word word;
  word.offset = offset;
  if (absl::ConsumePrefix(&text, "\"")) absl::ConsumeSuffix(&text, "\"");
  const size_t equals = text.find('=');
  word.name = absl::StrReplaceAll(text.substr(0, equals), {{"-", "_"}});
  if (equals == absl::string_view::npos) return word;
  word.has_value = true;
  word.value = text.substr(equals + 1);
  if (absl::ConsumePrefix(&word.value, "\"")) {
    absl::ConsumeSuffix(&word.value, "\"");
  }
  return word;
}

std::vector<Word> SplitWords(absl::string_view text) {
  std::vector<Word> words;
  const auto is_space = [&](size_t i) {
    return absl::ascii_isspace(static_cast<unsigned char>(text[i])) ||
           text[i] == '\0';
  };
  for (size_t i = 0; i < text.size();) {
    if (is_space(i)) {
      ++i;
      continue;
    }
    const size_t start = i;
    bool quoted = false;
    for (; i < text.size() && (quoted || !is_space(i)); ++i) {
      if (text[i] == '"') quoted = !quoted;
    }
    words.push_back(SplitWord(text.substr(start, i - start), start));
  }
  return words;
}

}  // namespace

WithDiagnostics<CommandLine> ReadCommandLine(absl::string_view text) {
  const TextIndex index(text);
  FieldReader fields(kCommandLinePath);
  CommandLine line;
  for (const Word& word : SplitWords(text)) {
    if (!absl::StartsWith(word.name, kPrefix)) continue;
    const TextPlace place = index.PlaceOf(word.offset);
    Node node;
    node.kind = word.has_value ? Node::Kind::kScalar : Node::Kind::kNull;
    node.line = place.line;
    node.column = place.column;
    node.text = std::string(word.value);
    if (word.name == "extgate.mode") {
      if (auto mode = fields.Word<Mode>(node, word.name)) {
        line.policy.mode = std::move(mode);
      }
    } else if (word.name == "extgate.mode_floor") {
      if (auto floor = fields.Word<Mode>(node, word.name)) {
        line.policy.mode_floor = std::move(floor);
      }
    } else if (word.name == "extgate.policy") {
      auto path = fields.Text(node, word.name);
      if (path.has_value() && !absl::StartsWith(path->value, "/")) {
        fields.Report(
            DiagnosticCode::kUnknownValue, node,
            absl::StrCat("`extgate.policy`: `", PrintableText(path->value),
                         "` is not an absolute path"));
      } else if (path.has_value()) {
        line.policy_path = std::move(path);
      }
    } else if (word.name == "extgate.policy_required") {
      line.policy_required = !(word.has_value && IsFalseWord(word.value));
    } else {
      fields.Report(Diagnostic{
          DiagnosticCode::kUnknownKey,
          Severity::kWarning,
          {kCommandLinePath, place.line, place.column},
          absl::StrCat("`", PrintableText(word.name),
                       "` is no word of extgate's, and without effect"),
          "the words are extgate.mode=, extgate.mode_floor=, extgate.policy= "
          "and "
          "extgate.policy_required"});
    }
  }
  return {std::move(line), fields.TakeDiagnostics()};
}

}  // namespace extgate
