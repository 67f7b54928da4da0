// Ways in: PrintReport and PrintDiagnostics.
#include "adapters/cli/print_report.h"

#include <cstdio>

#include "adapters/cli/report_text.h"

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
  std::fputs(DiagnosticsText(diagnostics, ColourOf(stderr)).c_str(), stderr);
}

}  // namespace extgate
