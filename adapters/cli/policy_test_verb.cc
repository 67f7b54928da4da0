// extgate policy test: cases of a directory, run.
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "adapters/case_directory.h"
#include "adapters/cli/machine.h"
#include "adapters/cli/print_report.h"
#include "adapters/cli/verbs.h"
#include "engine/host_date.h"
#include "policy/cases/case_reader.h"

namespace extgate {
namespace {

// All cases of `directory`; what is wrong goes to `diagnostics`.
std::vector<PolicyCase> CasesOf(CaseDirectory& directory,
                                const std::vector<std::string>& names,
                                const UtcTime& today,
                                std::vector<Diagnostic>& diagnostics) {
  std::vector<PolicyCase> cases;
  for (const std::string& name : names) {
    const std::string path = directory.PathOf(name);
    auto text = directory.Read(name);
    if (!text.ok()) {
      diagnostics.push_back({DiagnosticCode::kFileUnreadable,
                             Severity::kError,
                             {path, 0, 0},
                             std::string(text.status().message()),
                             ""});
      continue;
    }
    auto read = ReadCases(*text, path, today);
    for (Diagnostic& diagnostic : read.diagnostics) {
      diagnostics.push_back(std::move(diagnostic));
    }
    if (!read.value.has_value()) continue;
    for (PolicyCase& one : *read.value) cases.push_back(std::move(one));
  }
  return cases;
}

// Errors alone: what else a policy is told of is not about the case.
void PrintErrors(const std::vector<Diagnostic>& diagnostics) {
  std::vector<Diagnostic> errors;
  for (const Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.severity == Severity::kError) errors.push_back(diagnostic);
  }
  PrintDiagnostics(errors);
}

}  // namespace

int PolicyTestVerb(const GlobalOptions& global,
                   const PolicyTestOptions& options) {
  auto machine = Machine::Open(global.places, {});
  if (!machine.ok()) return Failed("policy test", machine.status());
  CaseDirectory directory(options.directory);
  const auto names = directory.YamlFiles();
  if (!names.ok()) return Failed("policy test", names.status()), kExitUsage;
  auto today = UtcTime::Parse(kBuildDate);
  if (!today.ok()) return Failed("policy test", today.status());
  std::vector<Diagnostic> diagnostics;
  const std::vector<PolicyCase> cases =
      CasesOf(directory, *names, *today, diagnostics);
  int status = HasErrors(diagnostics) ? kExitUsage : kExitDone;
  PrintErrors(diagnostics);
  if (cases.empty() && status == kExitDone) {
    return Failed("policy test", absl::NotFoundError("there are no cases in `" +
                                                     options.directory + "`")),
           kExitUsage;
  }
  std::vector<CaseResult> results;
  for (const PolicyCase& one : cases) {
    results.push_back(RunCase(one, directory, (*machine)->ports()));
    const CaseResult& result = results.back();
    if (HasErrors(result.diagnostics)) {
      status = kExitUsage;
      PrintErrors(result.diagnostics);
    } else if (!result.failures.empty() && status == kExitDone) {
      status = kExitViolation;
    }
  }
  const CaseFormat format =
      global.format == Format::kJson ? CaseFormat::kJson : options.format;
  std::fputs(CasesToText(results, format).c_str(), stdout);
  return status;
}

}  // namespace extgate
