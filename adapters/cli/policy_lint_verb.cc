// extgate policy lint: what is wrong with policies, or may not be meant.
#include <cstdio>
#include <string>

#include "adapters/cli/machine.h"
#include "adapters/cli/report_text.h"
#include "adapters/cli/table.h"
#include "adapters/cli/verbs.h"
#include "engine/lint_codec.h"
#include "engine/policy_lint.h"

namespace extgate {
namespace {

// A file may be for any machine; what is found here is for this one.
SystemdRange VersionsOf(const LintOptions& options, HostPort& host) {
  int version = options.systemd_version;
  if (version == 0 && options.files.empty()) {
    version = host.Facts().value.systemd_version;
  }
  if (version < kOldestSystemd || version > kNewestSystemd) {
    return {kOldestSystemd, kNewestSystemd};
  }
  return {version, version};
}

void PrintText(const PolicyLint& lint) {
  std::fputs(
      FindingsText(lint.findings, SnippetsOf(lint.texts), ColourOf(stdout))
          .c_str(),
      stdout);
  int errors = 0;
  int warnings = 0;
  for (const Finding& finding : lint.findings) {
    errors += finding.diagnostic.severity == Severity::kError ? 1 : 0;
    warnings += finding.diagnostic.severity == Severity::kWarning ? 1 : 0;
  }
  std::printf("%d error%s, %d warning%s (systemd %s)\n", errors,
              errors == 1 ? "" : "s", warnings, warnings == 1 ? "" : "s",
              ToString(lint.versions).c_str());
}

}  // namespace

int LintVerb(const GlobalOptions& global, const LintOptions& options) {
  auto machine = Machine::Open(global.places, options.files);
  if (!machine.ok()) return Failed("policy lint", machine.status());
  const Ports ports = (*machine)->ports();
  const PolicyLint lint = LintPolicies(ports, VersionsOf(options, ports.host));
  switch (global.format == Format::kJson ? LintFormat::kJson : options.format) {
    case LintFormat::kText:
      PrintText(lint);
      break;
    case LintFormat::kJson:
      std::fputs(LintToJson(lint).c_str(), stdout);
      break;
    case LintFormat::kSarif:
      std::fputs(LintToSarif(lint).c_str(), stdout);
      break;
  }
  return HasErrors(lint.findings) ? kExitUsage : kExitDone;
}

}  // namespace extgate
