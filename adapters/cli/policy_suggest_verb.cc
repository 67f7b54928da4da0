// extgate policy suggest: rules that would allow what a report denied.
#include <fcntl.h>

#include <cerrno>
#include <cstdio>
#include <string>

#include "adapters/cli/lasting_path.h"
#include "adapters/cli/machine.h"
#include "adapters/cli/print_report.h"
#include "adapters/cli/verbs.h"
#include "adapters/io_status.h"
#include "adapters/unique_fd.h"
#include "engine/remedy/suggestion.h"
#include "policy/printable.h"

namespace extgate {
namespace {

constexpr uint64_t kMaxReport = 64 * 1024 * 1024;  // bytes

absl::StatusOr<Report> ReadReport(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd.valid()) return ErrnoStatus(errno, "cannot open", path);
  auto text = ReadAll(fd.get(), kMaxReport, path);
  if (!text.ok()) return text.status();
  return ReportFromJson(*text);
}

void PrintSuggestions(const Suggestions& suggestions, const Report& report) {
  std::printf("# Suggested by `extgate policy suggest` from the report of %s",
              PrintableText(report.time).c_str());
  if (!report.host.empty()) {
    std::printf(" on %s", PrintableText(report.host).c_str());
  }
  std::printf(
      ".\n# It counts as %s (%s).\n# Read it before you install it: each rule "
      "takes one content.\n",
      PrintableText(suggestions.added.path).c_str(),
      ToWord(suggestions.added.authority));
  for (const SuggestedRule& rule : suggestions.rules) {
    std::printf("#   %s: rule %s, %s\n", PrintableText(rule.path).c_str(),
                PrintableText(rule.id).c_str(),
                PrintableText(rule.allows).c_str());
  }
  std::fputs(suggestions.added.text.c_str(), stdout);
}

}  // namespace

int PolicySuggestVerb(const GlobalOptions& global,
                      const PolicySuggestOptions& options) {
  const auto report = ReadReport(options.report);
  if (!report.ok()) {
    return Failed("policy suggest: " + options.report, report.status()),
           kExitUsage;
  }
  auto machine = Machine::Open(global.places, options.policies);
  if (!machine.ok()) return Failed("policy suggest", machine.status());
  auto suggested = SuggestRules(*report, (*machine)->ports());
  if (!suggested.value.has_value()) {
    PrintDiagnostics(suggested.diagnostics);
    return kExitUsage;
  }
  Suggestions& suggestions = *suggested.value;
  suggestions.added.path =
      LastingPath((*machine)->places(), suggestions.added.path);
  const int status = suggestions.left.empty() ? kExitDone : kExitViolation;
  if (global.format == Format::kJson) {
    std::fputs(SuggestionsToJson(suggestions).c_str(), stdout);
    return status;
  }
  if (!suggestions.rules.empty()) PrintSuggestions(suggestions, *report);
  std::fflush(stdout);
  for (const LeftDenied& left : suggestions.left) {
    std::fprintf(stderr, "extgate: policy suggest: %s: no rule: %s\n",
                 PrintableText(left.path).c_str(),
                 PrintableText(left.why).c_str());
  }
  if (suggestions.rules.empty() && suggestions.left.empty()) {
    std::fprintf(stderr,
                 "extgate: policy suggest: the report denies nothing\n");
  }
  return status;
}

}  // namespace extgate
