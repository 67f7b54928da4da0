// Reports and diagnostics, each to its stream.
#ifndef EXTGATE_ADAPTERS_CLI_PRINT_REPORT_H_
#define EXTGATE_ADAPTERS_CLI_PRINT_REPORT_H_

#include <vector>

#include "adapters/cli/verbs.h"
#include "engine/report.h"
#include "policy/diagnostic.h"

namespace extgate {

// To standard output: JSON, or the table with the diagnostics on standard
// error.
void PrintReport(const GlobalOptions& global, const Report& report);

// One line each on standard error, worst first.
void PrintDiagnostics(const std::vector<Diagnostic>& diagnostics);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_CLI_PRINT_REPORT_H_
