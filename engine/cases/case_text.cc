// One way in: CasesToText.
#include "engine/cases/case_text.h"

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "engine/message_json.h"
#include "policy/printable.h"
#include "proto/policy_verbs.pb.h"

namespace extgate {
namespace {

enum class Standing { kPassed, kFailed, kNotRun };

Standing StandingOf(const CaseResult& result) {
  if (HasErrors(result.diagnostics)) return Standing::kNotRun;
  return result.failures.empty() ? Standing::kPassed : Standing::kFailed;
}

size_t Count(const std::vector<CaseResult>& results, Standing standing) {
  return absl::c_count_if(results, [&](const CaseResult& result) {
    return StandingOf(result) == standing;
  });
}

// What is wrong, a line each; empty of one that passed.
std::vector<std::string> Wrongs(const CaseResult& result) {
  if (StandingOf(result) != Standing::kNotRun) return result.failures;
  std::vector<std::string> lines;
  for (const Diagnostic& diagnostic : result.diagnostics) {
    if (diagnostic.severity != Severity::kError) continue;
    lines.push_back(
        absl::StrCat(ToString(diagnostic.span), ": ", diagnostic.message));
  }
  return lines;
}

std::string Place(const CaseResult& result) {
  return absl::StrCat(result.name.span.path, ":", result.name.span.line);
}

std::string PlainText(const std::vector<CaseResult>& results) {
  std::string text;
  for (const CaseResult& result : results) {
    const char* word = "ok   ";
    switch (StandingOf(result)) {
      case Standing::kPassed:
        break;
      case Standing::kFailed:
        word = "FAIL ";
        break;
      case Standing::kNotRun:
        word = "ERROR";
        break;
    }
    absl::StrAppend(&text, word, " ", PrintableText(Place(result)), ": ",
                    PrintableText(result.name.value), "\n");
    for (const std::string& line : Wrongs(result)) {
      absl::StrAppend(&text, "      ", PrintableText(line), "\n");
    }
  }
  const size_t failed = Count(results, Standing::kFailed);
  const size_t not_run = Count(results, Standing::kNotRun);
  absl::StrAppend(&text, results.size(),
                  results.size() == 1 ? " case" : " cases", ", ", failed,
                  " failed");
  if (not_run > 0) absl::StrAppend(&text, ", ", not_run, " could not be run");
  return text + "\n";
}

// A line of a TAP description: `#` begins a directive.
std::string TapText(absl::string_view text) {
  return absl::StrReplaceAll(PrintableText(text),
                             {{"\\", "\\\\"}, {"#", "\\#"}});
}

std::string YamlQuoted(absl::string_view text) {
  return absl::StrCat(
      "'", absl::StrReplaceAll(PrintableText(text), {{"'", "''"}}), "'");
}

std::string Tap(const std::vector<CaseResult>& results) {
  std::string text = absl::StrCat("TAP version 13\n1..", results.size(), "\n");
  size_t number = 0;
  for (const CaseResult& result : results) {
    const std::vector<std::string> wrongs = Wrongs(result);
    absl::StrAppend(&text, wrongs.empty() ? "ok " : "not ok ", ++number, " - ",
                    TapText(result.name.value), "\n");
    if (wrongs.empty()) continue;
    absl::StrAppend(&text, "  ---\n  at: ", YamlQuoted(Place(result)),
                    "\n  message:\n");
    for (const std::string& line : wrongs) {
      absl::StrAppend(&text, "    - ", YamlQuoted(line), "\n");
    }
    absl::StrAppend(&text, "  ...\n");
  }
  return text;
}

std::string XmlText(absl::string_view text) {
  return absl::StrReplaceAll(
      PrintableText(text),
      {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}});
}

// One test suite: the results from `begin` on that are of one file.
void AppendSuite(const std::vector<CaseResult>& results, std::string& text) {
  absl::StrAppend(&text, "  <testsuite name=\"",
                  XmlText(results.front().name.span.path), "\" tests=\"",
                  results.size(), "\" failures=\"",
                  Count(results, Standing::kFailed), "\" errors=\"",
                  Count(results, Standing::kNotRun), "\">\n");
  for (const CaseResult& result : results) {
    absl::StrAppend(&text, "    <testcase classname=\"",
                    XmlText(result.name.span.path), "\" name=\"",
                    XmlText(result.name.value), "\" line=\"",
                    result.name.span.line, "\"");
    const std::vector<std::string> wrongs = Wrongs(result);
    if (wrongs.empty()) {
      absl::StrAppend(&text, "/>\n");
      continue;
    }
    const char* element =
        StandingOf(result) == Standing::kFailed ? "failure" : "error";
    absl::StrAppend(
        &text, ">\n      <", element, " message=\"", XmlText(wrongs.front()),
        "\">",
        XmlText(absl::StrCat(Place(result), ": ", absl::StrJoin(wrongs, "; "))),
        "</", element, ">\n    </testcase>\n");
  }
  absl::StrAppend(&text, "  </testsuite>\n");
}

std::string Junit(const std::vector<CaseResult>& results) {
  std::string text = absl::StrCat(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"",
      results.size(), "\" failures=\"", Count(results, Standing::kFailed),
      "\" errors=\"", Count(results, Standing::kNotRun), "\">\n");
  std::vector<CaseResult> suite;
  for (const CaseResult& result : results) {
    if (!suite.empty() &&
        suite.front().name.span.path != result.name.span.path) {
      AppendSuite(suite, text);
      suite.clear();
    }
    suite.push_back(result);
  }
  if (!suite.empty()) AppendSuite(suite, text);
  return text + "</testsuites>\n";
}

const char* OutcomeOf(Standing standing) {
  switch (standing) {
    case Standing::kPassed:
      return "passed";
    case Standing::kFailed:
      return "failed";
    case Standing::kNotRun:
      break;
  }
  return "not-run";
}

std::string Json(const std::vector<CaseResult>& results) {
  v1::CaseResults out;
  for (const CaseResult& result : results) {
    v1::CaseOutcome* const to = out.add_cases();
    to->set_path(PrintableText(result.name.span.path));
    to->set_line(result.name.span.line);
    to->set_name(PrintableText(result.name.value));
    to->set_outcome(OutcomeOf(StandingOf(result)));
    for (const std::string& line : Wrongs(result)) {
      to->add_wrong(PrintableText(line));
    }
  }
  out.set_passed(static_cast<int>(Count(results, Standing::kPassed)));
  out.set_failed(static_cast<int>(Count(results, Standing::kFailed)));
  out.set_not_run(static_cast<int>(Count(results, Standing::kNotRun)));
  return MessageToJson(out, JsonLayout::kIndented);
}

}  // namespace

std::string CasesToText(const std::vector<CaseResult>& results,
                        CaseFormat format) {
  switch (format) {
    case CaseFormat::kText:
      return PlainText(results);
    case CaseFormat::kTap:
      return Tap(results);
    case CaseFormat::kJson:
      return Json(results);
    case CaseFormat::kJunit:
      return Junit(results);
  }
  return "";
}

}  // namespace extgate
