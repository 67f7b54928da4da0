// One way in: DiagnosticHelpToJson.
#include "engine/diagnostic_help.h"

#include "absl/strings/str_cat.h"
#include "engine/message_json.h"
#include "proto/report.pb.h"

namespace extgate {

std::string DiagnosticHelpToJson(DiagnosticCode code) {
  v1::ReasonHelp help;
  help.set_code(ToWord(code));
  help.set_kind(Words<DiagnosticCode>::kNoun);
  help.set_help(absl::StrCat(Describe(code), "\n"));
  return MessageToJson(help, JsonLayout::kIndented);
}

}  // namespace extgate
