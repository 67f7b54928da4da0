// Diagnostics to text. Ways in: ToString and PlaceInFile.
#include "policy/diagnostic.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace extgate {

std::string ToString(const SourceSpan& span) {
  if (!span.field.empty()) return absl::StrCat(span.path, ":", span.field);
  if (span.line <= 0) return span.path;
  if (span.column <= 0) return absl::StrCat(span.path, ":", span.line);
  return absl::StrCat(span.path, ":", span.line, ":", span.column);
}

std::string PlaceInFile(const SourceSpan& span) {
  if (!span.field.empty()) return absl::StrCat("`", span.field, "`");
  return absl::StrCat("line ", span.line, ", column ", span.column);
}

std::string ToString(const Diagnostic& diagnostic) {
  const std::string place = ToString(diagnostic.span);
  std::string text = absl::StrCat(
      place, place.empty() ? "" : ": ", ToWord(diagnostic.severity), ": ",
      diagnostic.message, " (", ToWord(diagnostic.code), ")");
  if (!diagnostic.help.empty()) {
    absl::StrAppend(&text, "\n  help: ", diagnostic.help);
  }
  return text;
}

bool HasErrors(const std::vector<Diagnostic>& diagnostics) {
  for (const Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.severity == Severity::kError) return true;
  }
  return false;
}

}  // namespace extgate
