// Checks of a located tree that know nothing of the policy language. One way
// in: CheckPlain.
#include "policy/document.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "policy/printable.h"

namespace extgate {
namespace {

constexpr size_t kMaxQuotedBytes = 80;

class PlainCheck {
 public:
  explicit PlainCheck(absl::string_view path) : path_(path) {}

  void Visit(const Node& node) {
    if (node.anchored) {
      Add(DiagnosticCode::kYamlAlias, node,
          "an anchor is not allowed in a policy", "write the value out");
    }
    if (!node.tag.empty()) {
      Add(DiagnosticCode::kWrongType, node,
          absl::StrCat("the tag ", Quote(node.tag),
                       " is not allowed in a policy"),
          "leave the tag out");
    }
    switch (node.kind) {
      case Node::Kind::kNull:
      case Node::Kind::kScalar:
        return;
      case Node::Kind::kAlias:
        Add(DiagnosticCode::kYamlAlias, node,
            "an alias is not allowed in a policy", "write the value out");
        return;
      case Node::Kind::kList:
        for (const Node& item : node.items) Visit(item);
        return;
      case Node::Kind::kMap:
        VisitMap(node);
        return;
    }
  }

  std::vector<Diagnostic> Take() { return std::move(diagnostics_); }

 private:
  void VisitMap(const Node& node) {
    std::map<absl::string_view, const Node*> first_places;
    for (const auto& [key, value] : node.pairs) {
      if (key.kind != Node::Kind::kScalar) {
        Add(DiagnosticCode::kWrongType, key,
            absl::StrCat("a key must be a text, not ", Describe(key.kind)), "");
        Visit(value);
        continue;
      }
      if (IsMergeKey(key)) {
        Add(DiagnosticCode::kYamlAlias, key,
            "a merge key `<<` is not allowed in a policy",
            "write the values out");
        continue;
      }
      Visit(key);
      const auto [place, is_new] = first_places.emplace(key.text, &key);
      if (!is_new) {
        Add(DiagnosticCode::kDuplicateKey, key,
            absl::StrCat("the key ", Quote(key.text),
                         " is given twice: first at line ", place->second->line,
                         ", column ", place->second->column),
            "keep one of them");
      }
      Visit(value);
    }
  }

  void Add(DiagnosticCode code, const Node& at, std::string message,
           std::string help) {
    diagnostics_.push_back({code, Severity::kError,
                            SourceSpan{path_, at.line, at.column},
                            std::move(message), std::move(help)});
  }

  std::string path_;
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace

const char* Describe(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::kNull:
      return "an empty value";
    case Node::Kind::kScalar:
      return "a text";
    case Node::Kind::kList:
      return "a list";
    case Node::Kind::kMap:
      return "a mapping";
    case Node::Kind::kAlias:
      return "an alias";
  }
  return "";
}

const Node* Find(const Node& map, absl::string_view key) {
  for (const auto& [name, value] : map.pairs) {
    if (name.kind == Node::Kind::kScalar && name.text == key) return &value;
  }
  return nullptr;
}

bool IsMergeKey(const Node& key) {
  return key.kind == Node::Kind::kScalar && key.text == "<<" &&
         key.style == ScalarStyle::kPlain;
}

std::vector<Diagnostic> CheckPlain(const Node& node, absl::string_view path) {
  PlainCheck check(path);
  check.Visit(node);
  return check.Take();
}

std::string Quote(absl::string_view text) {
  size_t end = text.size();
  if (end > kMaxQuotedBytes) {
    end = kMaxQuotedBytes;
    // Never cut within a character: continuation bytes are 10xxxxxx.
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
      --end;
    }
  }
  return absl::StrCat("`", PrintableText(text.substr(0, end)),
                      end < text.size() ? "…" : "", "`");
}

}  // namespace extgate
