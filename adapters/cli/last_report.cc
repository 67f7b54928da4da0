// One way in: LastReport.
#include "adapters/cli/last_report.h"

#include "adapters/run_staging.h"

namespace extgate {

absl::StatusOr<Report> LastReport(const Places& places) {
  auto text = RunStaging(places).ReadReport();
  if (absl::IsNotFound(text.status())) {
    return absl::NotFoundError(
        "extgate has not run since boot: try `extgate apply --dry-run`");
  }
  if (!text.ok()) return text.status();
  return ReportFromJson(*text);
}

}  // namespace extgate
