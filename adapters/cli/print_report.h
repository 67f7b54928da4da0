// A report to standard output, in the format that was asked for.
#ifndef EXTGATE_ADAPTERS_CLI_PRINT_REPORT_H_
#define EXTGATE_ADAPTERS_CLI_PRINT_REPORT_H_

#include "adapters/cli/verbs.h"
#include "engine/report.h"

namespace extgate {

// JSON, or the table with the diagnostics on standard error.
void PrintReport(const GlobalOptions& global, const Report& report);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_CLI_PRINT_REPORT_H_
