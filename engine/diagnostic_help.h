// The line of help of a diagnostic's code, for other programs.
#ifndef EXTGATE_ENGINE_DIAGNOSTIC_HELP_H_
#define EXTGATE_ENGINE_DIAGNOSTIC_HELP_H_

#include <string>

#include "policy/diagnostic.h"

namespace extgate {

// Describe(code) as message ReasonHelp of proto/report.proto, laid out as a
// report.
std::string DiagnosticHelpToJson(DiagnosticCode code);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_DIAGNOSTIC_HELP_H_
