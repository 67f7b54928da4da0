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

// Images of other entries or systems are none that could have been staged.
bool StagedSomeIfAny(const std::vector<ReportedImage>& images) {
  bool any = false;
  for (const ReportedImage& image : images) {
    if (image.verdict == Verdict::kNotApplicable) continue;
    if (image.action == Action::kStage || image.action == Action::kLeave) {
      return true;
    }
    any = true;
  }
  return !any;
}

// Whether that boot says of the policy `now` that machines come up well by it.
bool ProvesPolicy(const Report& report, const LoadedPolicy& now) {
  return !HasErrors(report.diagnostics) && report.policy_sha256 == now.sha256 &&
         StagedSomeIfAny(report.images);
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
  const LoadedPolicy now = LoadPolicy(ports);
  absl::Status kept;
  if (ProvesPolicy(report, now)) {
    kept = KeepBootedPolicy(report.entry, ports.policy, ports.state);
  }
  kept.Update(KeepGoodGeneration(report, now.policy.sources, ports.state));
  kept.Update(Forgive(report.entry, ports));
  return kept;
}

}  // namespace extgate
