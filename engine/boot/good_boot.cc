// Way in: KeepGoodBoot.
#include "engine/boot/good_boot.h"

#include <algorithm>
#include <vector>

#include "engine/boot/booted_policy.h"
#include "engine/boot/fail_boot.h"
#include "engine/boot/failed_boots.h"
#include "engine/boot/rearm.h"
#include "engine/policy_loader.h"

namespace extgate {
namespace {

bool WentOnAllTheSame(const Report& report) {
  return report.outcome == Outcome::kBootFailed ||
         std::any_of(
             report.diagnostics.begin(), report.diagnostics.end(),
             [](const Diagnostic& diagnostic) {
               return diagnostic.code == DiagnosticCode::kBootNotFailed ||
                      diagnostic.code == DiagnosticCode::kPolicyRejected;
             });
}

absl::Status Forgive(const std::string& entry, const Ports& ports) {
  const std::vector<FailedBoot> before = KnownFailedBoots(ports);
  const std::vector<FailedBoot> after = WithoutEntry(before, entry);
  if (after == before) return absl::OkStatus();
  return KeepFailedBoots(ports, after);
}

}  // namespace

absl::Status KeepGoodBoot(const Ports& ports, const Report& report) {
  if (WentOnAllTheSame(report)) return absl::OkStatus();
  absl::Status kept = KeepBootedPolicy(ports.policy, ports.state);
  kept.Update(KeepGoodGeneration(report, LoadPolicy(ports).policy.sources,
                                 ports.state));
  kept.Update(Forgive(report.entry, ports));
  return kept;
}

}  // namespace extgate
