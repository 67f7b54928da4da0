// Ways in: TroublesOf, ObstacleTo and ObstacleOf.
#include "engine/troubles.h"

#include <cstddef>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "policy/values.h"

namespace extgate {
namespace {

constexpr size_t kMostTold = 3;

// Codes of diagnostics on an image for which alone it is not staged.
constexpr DiagnosticCode kObstacles[] = {
    DiagnosticCode::kNoSpace,
    DiagnosticCode::kNotStaged,
    DiagnosticCode::kVerityNeedsKernelKey,
};

}  // namespace

std::vector<std::string> TroublesOf(const Report& report) {
  std::vector<std::string> told;
  size_t more = 0;
  for (const Diagnostic& diagnostic : report.diagnostics) {
    if (!absl::c_linear_search(kTroubles, diagnostic.code)) continue;
    if (told.size() < kMostTold) {
      told.push_back(diagnostic.message);
    } else {
      ++more;
    }
  }
  if (more > 0) told.push_back(absl::StrCat(more, " more troubles"));
  return told;
}

const Diagnostic* ObstacleTo(const ReportedImage& image, const Report& report) {
  if (image.action != Action::kWithhold && image.action != Action::kMask) {
    return nullptr;
  }
  for (const Diagnostic& diagnostic : report.diagnostics) {
    if (diagnostic.span.path == image.path &&
        absl::c_linear_search(kObstacles, diagnostic.code)) {
      return &diagnostic;
    }
  }
  return nullptr;
}

std::string ObstacleOf(const ReportedImage& image, const Report& report) {
  const Diagnostic* const obstacle = ObstacleTo(image, report);
  if (obstacle == nullptr) return "";
  return absl::StrCat(ToWord(obstacle->code), ": ", obstacle->message);
}

}  // namespace extgate
