// extgate policy show: a policy in one of its spellings.
#include <cstdio>
#include <string>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "adapters/cli/machine.h"
#include "adapters/cli/print_report.h"
#include "adapters/cli/verbs.h"
#include "engine/policy_loader.h"
#include "policy/policy_writer.h"
#include "policy/printable.h"

namespace extgate {
namespace {

// Errors that make a policy invalid wherever it is read; that a file of
// certificates is not on this machine is none.
bool IsInvalid(const LoadedPolicy& loaded) {
  return loaded.invalid ||
         absl::c_any_of(loaded.diagnostics, [](const Diagnostic& diagnostic) {
           return diagnostic.severity == Severity::kError &&
                  diagnostic.code == DiagnosticCode::kBadCertificate;
         });
}

// `yaml`, the canonical text, under a line for each source and with each rule
// under one that says where it was written.
std::string Annotated(absl::string_view yaml, const LoadedPolicy& loaded) {
  std::string out;
  for (const UsedSource& source : loaded.sources) {
    absl::StrAppend(&out, "# ", PrintableText(source.path), " (",
                    ToWord(source.authority), ")\n");
  }
  size_t rule = 0;
  bool in_rules = false;
  for (absl::string_view line : absl::StrSplit(yaml, '\n')) {
    in_rules |= line == "  rules:";
    // No other line in `rules` is indented so little.
    if (in_rules && absl::StartsWith(line, "    - ")) {
      absl::StrAppend(
          &out, "    # ",
          PrintableText(ToString(loaded.written.rules[rule++].id.span)), "\n");
    }
    absl::StrAppend(&out, line, "\n");
  }
  out.pop_back();  // behind the last line feed stands nothing
  return out;
}

}  // namespace

int ShowPolicyVerb(const GlobalOptions& global,
                   const ShowPolicyOptions& options) {
  const PolicySpelling spelling = options.spelling.value_or(
      global.format == Format::kJson ? PolicySpelling::kJson
                                     : PolicySpelling::kYaml);
  auto machine = Machine::Open(global.places, options.policies);
  if (!machine.ok()) return Failed("show", machine.status());
  const LoadedPolicy loaded = LoadPolicy((*machine)->ports());
  PrintDiagnostics(loaded.diagnostics);
  if (IsInvalid(loaded)) return kExitUsage;
  const auto text = WritePolicy(loaded.written, spelling);
  if (!text.ok()) return Failed("show", text.status());
  const bool annotate =
      spelling == PolicySpelling::kYaml && options.policies.empty();
  const std::string shown = annotate ? Annotated(*text, loaded) : *text;
  if (std::fwrite(shown.data(), 1, shown.size(), stdout) != shown.size() ||
      std::fflush(stdout) != 0) {
    return Failed("show", absl::DataLossError("cannot write all of it"));
  }
  return kExitDone;
}

}  // namespace extgate
