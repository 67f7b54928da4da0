// Ways in: SnippetAt and FindingText.
#include "policy/lint/finding_text.h"

#include "absl/strings/str_cat.h"

namespace extgate {

std::string SnippetAt(const SourceSpan& span, const SnippetsByPath& sources) {
  const auto found = sources.find(span.path);
  if (found == sources.end() || span.line <= 0) return "";
  return found->second.At(span.line, span.column);
}

std::string FindingText(const Finding& finding, const SnippetsByPath& sources) {
  Diagnostic head = finding.diagnostic;
  head.help.clear();
  std::string text = absl::StrCat(ToString(head), "\n",
                                  SnippetAt(finding.diagnostic.span, sources));
  if (!finding.example.empty()) {
    absl::StrAppend(&text, "  example: ", finding.example, "\n");
  }
  if (!finding.diagnostic.help.empty()) {
    absl::StrAppend(&text, "  help: ", finding.diagnostic.help, "\n");
  }
  return text;
}

}  // namespace extgate
