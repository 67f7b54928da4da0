// One way in: LastReport.
#include "adapters/cli/last_report.h"

#include <string>

namespace extgate {
namespace {

constexpr uint64_t kLimitBytes = uint64_t{64} << 20;

}  // namespace

absl::StatusOr<Report> LastReport(const Places& places) {
  const HostPath path = places.run() / "extgate/report.json";
  auto text = path.root->ReadSmallFile(path.path, kLimitBytes);
  if (absl::IsNotFound(text.status())) {
    return absl::NotFoundError(
        "extgate has not run since boot: try `extgate apply --dry-run`");
  }
  if (!text.ok()) return text.status();
  return ReportFromJson(*text);
}

}  // namespace extgate
