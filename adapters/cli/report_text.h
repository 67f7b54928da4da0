// A report as a person reads it in five seconds.
#ifndef EXTGATE_ADAPTERS_CLI_REPORT_TEXT_H_
#define EXTGATE_ADAPTERS_CLI_REPORT_TEXT_H_

#include <string>
#include <vector>

#include "adapters/cli/table.h"
#include "engine/report.h"
#include "policy/lint/finding_text.h"
#include "policy/lint/lint.h"

namespace extgate {

// What it begins with: outcome, mode, policy, what the boot before left to say,
// and what is required and missing.
std::string ReportHeadText(const Report& report, Colour colour);

// The first reason of an image of `report`, else what keeps it from being
// staged, or what allows it; "" for none of them.
std::string FirstWhy(const ReportedImage& image, const Report& report);

// What the image's other lines in a table say: every further reason, and, where
// there is one, also what else keeps it from being staged.
std::vector<std::string> FurtherWhys(const ReportedImage& image,
                                     const Report& report);

// A headline, a row an image with every reason, and what else there is to know.
std::string ReportText(const Report& report, Colour colour);

// Everything about one image: facts, reasons, the rules considered, of those
// that do not match the first 20.
std::string ImageText(const ReportedImage& image, Colour colour);

// A paragraph each, worst first, with the lines of `sources` that they are
// about.
std::string DiagnosticsText(const std::vector<Diagnostic>& diagnostics,
                            const SnippetsByPath& sources, Colour colour);

// The same of findings, in their order.
std::string FindingsText(const std::vector<Finding>& findings,
                         const SnippetsByPath& sources, Colour colour);

// The colour of a verdict.
Tone ToneOf(Verdict verdict);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_CLI_REPORT_TEXT_H_
