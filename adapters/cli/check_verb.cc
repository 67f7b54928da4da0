// extgate check: decides about the images named, without acting.
#include <cstdio>

#include "adapters/cli/machine.h"
#include "adapters/cli/report_text.h"
#include "adapters/cli/verbs.h"
#include "adapters/given_images.h"
#include "engine/pipeline.h"

namespace extgate {

int CheckVerb(const GlobalOptions& global, const CheckOptions& options) {
  auto machine = Machine::Open(global.places, options.policies);
  if (!machine.ok()) return Failed("check", machine.status());
  const Ports ports = (*machine)->ports();
  auto host = ports.host.Facts();
  if (!options.entry.empty()) host.value.entry = options.entry;
  LoadedPolicy loaded = LoadPolicy(ports);
  const Colour colour = TakesColour(stdout) ? Colour::kOn : Colour::kOff;
  if (loaded.invalid) {
    std::fputs(DiagnosticsText(loaded.diagnostics, colour).c_str(), stderr);
    return kExitUsage;
  }
  const Mode mode = options.as_mode.value_or(loaded.policy.mode);
  GivenImages images(options.images);
  const Depth depth =
      loaded.policy.needs_file_digest ? Depth::kEveryBlock : Depth::kContents;
  Report report;
  report.time = ports.host.Now();
  report.host = ports.host.HostName();
  report.boot_id = ports.host.BootId();
  report.systemd_version = host.value.systemd_version;
  report.mode = mode;
  report.floor = loaded.policy.floor;
  report.entry = host.value.entry;
  report.policy_sha256 = loaded.sha256;
  report.sources = loaded.sources;
  report.diagnostics = loaded.diagnostics;
  for (const Candidate& candidate : images.Candidates("").value) {
    const DecidedImage image = Decide(
        candidate, images, {loaded.policy, loaded.trust, host.value}, depth);
    PlannedImage planned;
    planned.action =
        ActionFor(mode, loaded.policy.unmergeable, image.decision.verdict);
    report.images.push_back(DescribeImage(image, planned));
    if (image.decision.verdict >= Verdict::kDeny) {
      report.outcome = Outcome::kViolations;
    }
  }
  if (global.format == Format::kJson) {
    std::fputs(ReportToJson(report).c_str(), stdout);
  } else {
    std::fputs(ReportText(report, colour).c_str(), stdout);
    std::fputs(DiagnosticsText(report.diagnostics, colour).c_str(), stderr);
  }
  return report.outcome == Outcome::kOk ? kExitDone : kExitViolation;
}

}  // namespace extgate
