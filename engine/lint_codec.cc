// Ways in: LintToJson, over the message, and LintToSarif, which has a fixed
// form and is written as text: SARIF's names are not those of messages, and it
// has no empty fields.
#include "engine/lint_codec.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "engine/message_json.h"
#include "engine/report.h"
#include "policy/printable.h"
#include "proto/lint.pb.h"

namespace extgate {
namespace {

// ---- SARIF ------------------------------------------------------------------

// `text` with its quotes; what JSON would have to escape besides is made
// printable.
std::string JsonText(absl::string_view text) {
  return absl::StrCat("\"",
                      absl::StrReplaceAll(PrintableText(text),
                                          {{"\\", "\\\\"}, {"\"", "\\\""}}),
                      "\"");
}

std::string TextObject(absl::string_view text) {
  return absl::StrCat("{\"text\": ", JsonText(text), "}");
}

// An absolute path as file:, a relative one as it is (RFC 3986).
std::string UriOf(absl::string_view path) {
  std::string uri = path.substr(0, 1) == "/" ? "file://" : "";
  for (char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) ||
        absl::string_view("/-._~").find(c) != absl::string_view::npos) {
      uri.push_back(c);
    } else {
      absl::StrAppendFormat(&uri, "%%%02X", byte);
    }
  }
  return uri;
}

std::string LocationOf(const SourceSpan& span) {
  if (span.path.empty()) return "";
  std::string region;
  if (span.line > 0) {
    region = absl::StrCat(", \"region\": {\"startLine\": ", span.line);
    if (span.column > 0) {
      absl::StrAppend(&region, ", \"startColumn\": ", span.column);
    }
    region += "}";
  }
  return absl::StrCat(
      "{\"physicalLocation\": {\"artifactLocation\": {\"uri\": ",
      JsonText(UriOf(span.path)), "}", region, "}}");
}

std::string RuleOf(DiagnosticCode code) {
  return absl::StrCat(
      "          {\"id\": ", JsonText(ToWord(code)),
      ", \"shortDescription\": ", TextObject(Describe(code)),
      ", \"fullDescription\": ", TextObject(Describe(code)),
      ", \"help\": ", TextObject("see docs/policy-verbs.md, under lint"), "}");
}

// SARIF's levels are our severities, word for word.
std::string ResultOf(const Finding& finding, size_t rule) {
  const Diagnostic& diagnostic = finding.diagnostic;
  std::string text = diagnostic.message;
  if (!finding.example.empty()) {
    absl::StrAppend(&text, "; example: ", finding.example);
  }
  if (!diagnostic.help.empty()) {
    absl::StrAppend(&text, "; help: ", diagnostic.help);
  }
  return absl::StrCat("      {\"ruleId\": ", JsonText(ToWord(diagnostic.code)),
                      ", \"ruleIndex\": ", rule,
                      ", \"level\": ", JsonText(ToWord(diagnostic.severity)),
                      ", \"message\": ", TextObject(text), ", \"locations\": [",
                      LocationOf(diagnostic.span), "]}");
}

}  // namespace

std::string LintToJson(const PolicyLint& lint) {
  v1::PolicyLint out;
  out.set_systemd(ToString(lint.versions));
  const SnippetsByPath snippets = SnippetsOf(lint.texts);
  int errors = 0;
  int warnings = 0;
  for (const Finding& finding : lint.findings) {
    const Diagnostic& diagnostic = finding.diagnostic;
    errors += diagnostic.severity == Severity::kError ? 1 : 0;
    warnings += diagnostic.severity == Severity::kWarning ? 1 : 0;
    v1::LintFinding* const to = out.add_findings();
    to->set_code(ToWord(diagnostic.code));
    to->set_severity(ToWord(diagnostic.severity));
    to->set_path(PrintableText(diagnostic.span.path));
    to->set_line(diagnostic.span.line);
    to->set_column(diagnostic.span.column);
    to->set_message(PrintableText(diagnostic.message));
    to->set_example(PrintableText(finding.example));
    to->set_help(PrintableText(diagnostic.help));
    to->set_snippet(SnippetAt(diagnostic.span, snippets));
  }
  out.set_errors(errors);
  out.set_warnings(warnings);
  return MessageToJson(out, JsonLayout::kIndented);
}

std::string LintToSarif(const PolicyLint& lint) {
  std::set<DiagnosticCode> codes;
  for (const Finding& finding : lint.findings) {
    codes.insert(finding.diagnostic.code);
  }
  std::vector<std::string> rules;
  std::map<DiagnosticCode, size_t> index;
  for (DiagnosticCode code : codes) {
    index[code] = rules.size();
    rules.push_back(RuleOf(code));
  }
  std::vector<std::string> results;
  for (const Finding& finding : lint.findings) {
    results.push_back(ResultOf(finding, index[finding.diagnostic.code]));
  }
  return absl::StrCat(
      "{\n  \"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\",\n"
      "  \"version\": \"2.1.0\",\n  \"runs\": [{\n    \"tool\": {\"driver\": "
      "{\n"
      "        \"name\": \"extgate\",\n        \"version\": ",
      JsonText(kExtgateVersion), ",\n        \"rules\": [\n",
      absl::StrJoin(rules, ",\n"),
      "\n        ]\n    }},\n    \"columnKind\": \"unicodeCodePoints\",\n"
      "    \"results\": [\n",
      absl::StrJoin(results, ",\n"), "\n    ]\n  }]\n}\n");
}

}  // namespace extgate
