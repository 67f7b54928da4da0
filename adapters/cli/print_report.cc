// Ways in: PrintReport and both PrintDiagnostics.
#include "adapters/cli/print_report.h"

#include <cstdio>

#include "adapters/cli/report_text.h"
#include "engine/policy_lint.h"

namespace extgate {

void PrintReport(const GlobalOptions& global, const Report& report) {
  if (global.format == Format::kJson) {
    std::fputs(ReportToJson(report).c_str(), stdout);
    return;
  }
  std::fputs(ReportText(report, ColourOf(stdout)).c_str(), stdout);
  PrintDiagnostics(report.diagnostics);
}

void PrintDiagnostics(const std::vector<Diagnostic>& diagnostics) {
  std::fputs(DiagnosticsText(diagnostics, {}, ColourOf(stderr)).c_str(),
             stderr);
}

void PrintDiagnostics(const std::vector<Diagnostic>& diagnostics,
                      PolicyPort& policy) {
  const std::vector<PolicyText> texts = policy.PolicyTexts().value;
  std::fputs(
      DiagnosticsText(diagnostics, SnippetsOf(texts), ColourOf(stderr)).c_str(),
      stderr);
}

}  // namespace extgate
