// A report as a person reads it in five seconds.
#ifndef EXTGATE_ADAPTERS_CLI_REPORT_TEXT_H_
#define EXTGATE_ADAPTERS_CLI_REPORT_TEXT_H_

#include <string>

#include "adapters/cli/table.h"
#include "engine/report.h"

namespace extgate {

// A headline, a row an image with every reason, and what else there is to know.
std::string ReportText(const Report& report, Colour colour);

// Everything about one image: facts, reasons, the rules considered, of those
// that do not match the first 20.
std::string ImageText(const ReportedImage& image, Colour colour);

// One line a diagnostic, worst first.
std::string DiagnosticsText(const std::vector<Diagnostic>& diagnostics,
                            Colour colour);

// The colour of a verdict.
Tone ToneOf(Verdict verdict);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_CLI_REPORT_TEXT_H_
