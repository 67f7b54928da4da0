// One way in: PrintReport.
#include "adapters/cli/print_report.h"

#include <cstdio>

#include "adapters/cli/report_text.h"

namespace extgate {

void PrintReport(const GlobalOptions& global, const Report& report) {
  if (global.format == Format::kJson) {
    std::fputs(ReportToJson(report).c_str(), stdout);
    return;
  }
  const Colour colour = ColourOf(stdout);
  std::fputs(ReportText(report, colour).c_str(), stdout);
  std::fputs(DiagnosticsText(report.diagnostics, colour).c_str(), stderr);
}

}  // namespace extgate
