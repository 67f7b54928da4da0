// Single fields of a policy source. One way in: FieldReader.
#include "policy/field_reader.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy/policy_schema.h"

namespace extgate {
namespace {

std::string Suggestion(absl::string_view closest) {
  if (closest.empty()) return "";
  return absl::StrCat("did you mean `", closest, "`? ");
}

bool HasControlCharacter(absl::string_view text) {
  return absl::c_any_of(text, [](char c) {
    return absl::ascii_iscntrl(static_cast<unsigned char>(c));
  });
}

}  // namespace

void FieldReader::Report(DiagnosticCode code, const Node& at,
                         std::string message, std::string help) {
  Report({code, Severity::kError, SpanOf(at), std::move(message),
          std::move(help)});
}

void FieldReader::Report(Diagnostic diagnostic) {
  diagnostic.span = Place(std::move(diagnostic.span));
  diagnostics_.push_back(std::move(diagnostic));
}

void FieldReader::ReportMissing(const Node& node, absl::string_view of,
                                absl::string_view key, std::string help) {
  Report(DiagnosticCode::kMissingKey, node,
         absl::StrCat(of, " has no `", key, "`"), std::move(help));
}

std::vector<Diagnostic> FieldReader::TakeDiagnostics() {
  std::stable_sort(diagnostics_.begin(), diagnostics_.end(),
                   [](const Diagnostic& a, const Diagnostic& b) {
                     return std::tie(a.span.line, a.span.column) <
                            std::tie(b.span.line, b.span.column);
                   });
  return std::move(diagnostics_);
}

void FieldReader::ReadAsNewer(const std::vector<LocatedText>& critical) {
  newer_ = true;
  for (const LocatedText& key : critical) {
    const size_t dot = key.value.rfind('.');
    critical_.insert(dot == std::string::npos ? key.value
                                              : key.value.substr(dot + 1));
  }
}

bool FieldReader::IsMap(const Node& node, const Vocabulary& vocabulary) {
  if (node.kind == Node::Kind::kAlias) return false;
  if (node.kind != Node::Kind::kMap) {
    Report(DiagnosticCode::kWrongType, node,
           absl::StrCat(vocabulary.noun, " must be a mapping, not ",
                        Describe(node.kind)),
           absl::StrCat("its keys are ", absl::StrJoin(vocabulary.keys, ", ")));
    return false;
  }
  for (const auto& [name, value] : node.pairs) {
    if (name.kind != Node::Kind::kScalar || IsMergeKey(name)) continue;
    if (!absl::c_linear_search(vocabulary.keys, name.text)) {
      ReportUnknownKey(name, vocabulary);
    }
  }
  return true;
}

bool FieldReader::IsMapOf(const Node& node, absl::string_view key,
                          std::string help) {
  if (node.kind == Node::Kind::kAlias) return false;
  if (node.kind == Node::Kind::kMap) return true;
  Report(
      DiagnosticCode::kWrongType, node,
      absl::StrCat("`", key, "` must be a mapping, not ", Describe(node.kind)),
      std::move(help));
  return false;
}

bool FieldReader::IsList(const Node& node, absl::string_view key) {
  if (node.kind == Node::Kind::kAlias) return false;
  if (node.kind == Node::Kind::kList) return true;
  Report(DiagnosticCode::kWrongType, node,
         absl::StrCat("`", key, "` must be a list, not ", Describe(node.kind)),
         "begin each item with `- `, or write `[]` for none");
  return false;
}

std::vector<const Node*> FieldReader::Items(const Node& node,
                                            absl::string_view key) {
  std::vector<const Node*> items;
  if (node.kind == Node::Kind::kScalar) {
    items.push_back(&node);
  } else if (IsList(node, key)) {
    for (const Node& item : node.items) items.push_back(&item);
  }
  return items;
}

std::optional<LocatedText> FieldReader::Text(const Node& node,
                                             absl::string_view key) {
  if (!IsScalar(node, key, "write a text, or leave the key out")) {
    return std::nullopt;
  }
  if (node.text.empty()) {
    Report(DiagnosticCode::kWrongType, node,
           absl::StrCat("`", key, "` must not be an empty text"));
    return std::nullopt;
  }
  if (HasControlCharacter(node.text)) {
    Report(DiagnosticCode::kWrongType, node,
           absl::StrCat("`", key, "` must be a text of one line without ",
                        "control characters, not ", Quote(node.text)));
    return std::nullopt;
  }
  return LocatedText{node.text, SpanOf(node)};
}

std::optional<LocatedText> FieldReader::Prose(const Node& node,
                                              absl::string_view key) {
  if (!IsScalar(node, key, "write a text, or leave the key out")) {
    return std::nullopt;
  }
  return LocatedText{node.text,
                     Place({path_, node.text_line, node.text_column})};
}

std::vector<LocatedText> FieldReader::Texts(const Node& node,
                                            absl::string_view key) {
  std::vector<LocatedText> texts;
  for (const Node* item : Items(node, key)) {
    if (auto text = Text(*item, key)) texts.push_back(*std::move(text));
  }
  return texts;
}

std::optional<Located<ImagePolicy>> FieldReader::ReadImagePolicy(
    const Node& node) {
  const auto text = Text(node, "image_policy");
  if (!text.has_value()) return std::nullopt;
  absl::StatusOr<ImagePolicy> policy = ImagePolicy::Parse(text->value);
  if (!policy.ok()) {
    Report(DiagnosticCode::kBadImagePolicy, node,
           absl::StrCat("image policy ", Quote(text->value), ": ",
                        policy.status().message()),
           "see systemd.image-policy(7)");
    return std::nullopt;
  }
  return Located<ImagePolicy>{*std::move(policy), text->span};
}

SourceSpan FieldReader::Place(SourceSpan span) const {
  const size_t index = static_cast<size_t>(span.line) - 1;
  if (span.line <= 0 || index >= field_paths_.size()) return span;
  return {std::move(span.path), 0, 0, field_paths_[index]};
}

bool FieldReader::MayBeCritical(const Node& key) const {
  if (critical_.contains(key.text)) return true;
  // A field that is known by its number alone may be any that is not known.
  return !field_paths_.empty() &&
         absl::c_any_of(critical_, [](const std::string& name) {
           return !IsPolicyKey(name);
         });
}

bool FieldReader::IsScalar(const Node& node, absl::string_view key,
                           std::string help) {
  switch (node.kind) {
    case Node::Kind::kScalar:
      return true;
    case Node::Kind::kAlias:
      return false;
    case Node::Kind::kNull:
      Report(DiagnosticCode::kWrongType, node,
             absl::StrCat("`", key, "` has no value"), std::move(help));
      return false;
    case Node::Kind::kList:
    case Node::Kind::kMap:
      Report(
          DiagnosticCode::kWrongType, node,
          absl::StrCat("`", key, "` must be a text, not ", Describe(node.kind)),
          std::move(help));
      return false;
  }
  return false;
}

void FieldReader::ReportUnknownValue(const Node& node, absl::string_view key,
                                     absl::Span<const absl::string_view> words,
                                     absl::string_view all) {
  Report(DiagnosticCode::kUnknownValue, node,
         absl::StrCat(Quote(node.text), " is not a value of `", key, "`"),
         absl::StrCat(Suggestion(Closest(node.text, words)), "write one of ",
                      all));
}

void FieldReader::ReportUnknownKey(const Node& key,
                                   const Vocabulary& vocabulary) {
  std::string message = absl::StrCat("the key ", Quote(key.text),
                                     " is no key of ", vocabulary.noun);
  const std::string suggestion = Suggestion(Closest(key.text, vocabulary.keys));
  if (!newer_) {
    Report(DiagnosticCode::kUnknownKey, key, std::move(message),
           absl::StrCat(suggestion, "the keys are ",
                        absl::StrJoin(vocabulary.keys, ", ")));
    return;
  }
  absl::StrAppend(
      &message, " in version ", kPolicyVersion,
      " of the policy language, the newest that this extgate knows");
  if (MayBeCritical(key)) {
    Report(DiagnosticCode::kUnknownKey, key,
           absl::StrCat(message, ", and this policy calls it critical"),
           absl::StrCat(suggestion, "use a newer extgate"));
    return;
  }
  switch (vocabulary.when_newer) {
    case UnknownKeys::kRefuse:
      Report(DiagnosticCode::kUnknownKey, key,
             absl::StrCat(message, ", and without it the rule would take more"),
             absl::StrCat(suggestion, "use a newer extgate"));
      return;
    case UnknownKeys::kPassOver:
      Report({DiagnosticCode::kUnknownKey, Severity::kWarning, SpanOf(key),
              absl::StrCat(message, ": it is passed over"),
              absl::StrCat(suggestion,
                           "list it in `critical` where a policy without it "
                           "must not count")});
      return;
  }
}

}  // namespace extgate
