// Reports and diagnostics, each to its stream.
#ifndef EXTGATE_ADAPTERS_CLI_PRINT_REPORT_H_
#define EXTGATE_ADAPTERS_CLI_PRINT_REPORT_H_

#include <vector>

#include "adapters/cli/verbs.h"
#include "engine/ports.h"
#include "engine/report.h"
#include "policy/diagnostic.h"

namespace extgate {

// To standard output: JSON, or the table with the diagnostics on standard
// error.
void PrintReport(const GlobalOptions& global, const Report& report);

// One line each on standard error, worst first.
void PrintDiagnostics(const std::vector<Diagnostic>& diagnostics);

// The same, each with the line of the policy that it is about. Reads the
// sources again: for whom a person waits, who has to mend them.
void PrintDiagnostics(const std::vector<Diagnostic>& diagnostics,
                      PolicyPort& policy);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_CLI_PRINT_REPORT_H_
