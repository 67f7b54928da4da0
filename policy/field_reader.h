// Nodes of a document to single values of the policy language, and the
// diagnostics met on the way. For the readers of one source; not public.
#ifndef EXTGATE_POLICY_FIELD_READER_H_
#define EXTGATE_POLICY_FIELD_READER_H_

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "policy/diagnostic.h"
#include "policy/document.h"
#include "policy/image_policy.h"
#include "policy/policy.h"
#include "policy/spelling.h"
#include "policy/words.h"

namespace extgate {

// What a key that is not in the vocabulary means in a policy whose `version` is
// newer than this program; in others it is an error always.
enum class UnknownKeys {
  kPassOver,  // a warning, unless the policy says that it is critical
  kRefuse,    // an error: without the key a rule would take more than it says
};

// The keys of one kind of mapping.
struct Vocabulary {
  absl::string_view noun;  // "a rule", for messages
  absl::Span<const absl::string_view> keys;
  UnknownKeys when_newer = UnknownKeys::kPassOver;
};

// Reads the fields of one source and collects what is wrong with them. A
// function that returns nullopt has reported why. Aliases are passed over in
// silence: CheckPlain has reported them.
class FieldReader {
 public:
  explicit FieldReader(absl::string_view path) : path_(path) {}

  // Of a FieldDocument (binpb_reader.h), whose `paths` these are.
  FieldReader(absl::string_view path, std::vector<std::string> field_paths)
      : path_(path), field_paths_(std::move(field_paths)) {}

  SourceSpan SpanOf(const Node& node) const {
    return Place({path_, node.line, node.column});
  }

  void Report(DiagnosticCode code, const Node& at, std::string message,
              std::string help = "");
  void Report(Diagnostic diagnostic);

  // missing-key: `of`, which is at `node`, has no `key`.
  void ReportMissing(const Node& node, absl::string_view of,
                     absl::string_view key, std::string help);

  // Everything reported, in the order of the text.
  std::vector<Diagnostic> TakeDiagnostics();

  // From here on keys are those of a newer language. `critical` are those that
  // must be known: names of keys, or paths of which the last part counts.
  void ReadAsNewer(const std::vector<LocatedText>& critical);

  // True for a mapping, whose keys are then checked against `vocabulary`.
  bool IsMap(const Node& node, const Vocabulary& vocabulary);

  // True for a mapping of any keys.
  bool IsMapOf(const Node& node, absl::string_view key, std::string help);

  // True for a list.
  bool IsList(const Node& node, absl::string_view key);

  // The items of a list; a node that is no list and no mapping is a list of
  // one. Nothing when reported.
  std::vector<const Node*> Items(const Node& node, absl::string_view key);

  // A text of one line that is not empty.
  std::optional<LocatedText> Text(const Node& node, absl::string_view key);

  // Any text, of many lines too; the span is that of its first line.
  std::optional<LocatedText> Prose(const Node& node, absl::string_view key);

  // A list of texts of one line each.
  std::vector<LocatedText> Texts(const Node& node, absl::string_view key);

  std::optional<Located<ImagePolicy>> ReadImagePolicy(const Node& node);

  // One of the closed words of E.
  template <typename E>
  std::optional<Located<E>> Word(const Node& node, absl::string_view key) {
    if (!IsScalar(node, key, absl::StrCat("write one of ", AllWords<E>()))) {
      return std::nullopt;
    }
    const std::optional<E> value = FromWord<E>(node.text);
    if (!value.has_value()) {
      std::vector<absl::string_view> words;
      for (const auto& entry : Words<E>::kTable) words.push_back(entry.second);
      ReportUnknownValue(node, key, words, AllWords<E>());
      return std::nullopt;
    }
    return Located<E>{*value, SpanOf(node)};
  }

  template <typename E>
  std::vector<Located<E>> WordList(const Node& node, absl::string_view key) {
    std::vector<Located<E>> values;
    for (const Node* item : Items(node, key)) {
      if (auto value = Word<E>(*item, key)) values.push_back(*std::move(value));
    }
    return values;
  }

 private:
  // `span`, with the path of its field in place of a line that is none.
  SourceSpan Place(SourceSpan span) const;
  // Whether the policy calls critical what may be the unknown `key`.
  bool MayBeCritical(const Node& key) const;
  bool IsScalar(const Node& node, absl::string_view key, std::string help);
  void ReportUnknownValue(const Node& node, absl::string_view key,
                          absl::Span<const absl::string_view> words,
                          absl::string_view all);
  void ReportUnknownKey(const Node& key, const Vocabulary& vocabulary);

  std::string path_;
  std::vector<std::string> field_paths_;  // empty of a text
  bool newer_ = false;
  std::set<std::string> critical_;  // the last parts
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace extgate

#endif  // EXTGATE_POLICY_FIELD_READER_H_
