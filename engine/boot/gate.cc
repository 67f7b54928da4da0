// Ways in: WhyNotGood, WhyNotGoodWithoutReport.
#include "engine/boot/gate.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace extgate {
namespace {

bool Says(const Report& report, DiagnosticCode code) {
  return std::any_of(
      report.diagnostics.begin(), report.diagnostics.end(),
      [code](const Diagnostic& diagnostic) { return diagnostic.code == code; });
}

// An image that may be the missing one was lost by I/O or for want of room.
bool LostOne(const Report& report) {
  return Says(report, DiagnosticCode::kNoSpace) ||
         std::any_of(report.images.begin(), report.images.end(),
                     [](const ReportedImage& image) {
                       return image.verdict == Verdict::kUnreadable;
                     });
}

}  // namespace

std::string WhyNotGood(const Report& report, bool in_force) {
  if (report.mode != Mode::kEnforcing) return "";
  if (!in_force) return "what is merged is not what was decided";
  if (report.outcome == Outcome::kBootFailed) {
    return "this boot is failed by policy";
  }
  if (LostOne(report) || Says(report, DiagnosticCode::kBootNotFailed)) {
    return "";
  }
  for (const Violation& violation : report.violations) {
    if (violation.code != ReasonCode::kRequiredMissing) continue;
    return absl::StrCat(ToWord(violation.code), ": ", violation.detail);
  }
  return "";
}

std::string WhyNotGoodWithoutReport(const MergedNow& now, Mode mode) {
  if (mode != Mode::kEnforcing) return "";
  std::set<std::string> names = now.sysext;
  names.insert(now.confext.begin(), now.confext.end());
  if (names.empty()) return "";
  return absl::StrCat("merged without a decision: ",
                      absl::StrJoin(names, ", "));
}

}  // namespace extgate
