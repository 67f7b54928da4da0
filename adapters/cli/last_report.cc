// One way in: LastReport.
#include "adapters/cli/last_report.h"

#include "absl/strings/str_cat.h"
#include "adapters/run_staging.h"

namespace extgate {

absl::StatusOr<Report> LastReport(const Places& places) {
  auto text = RunStaging(places).ReadReport();
  if (absl::IsNotFound(text.status())) {
    return absl::NotFoundError(
        "extgate has not run since boot: try `extgate apply --dry-run`");
  }
  if (absl::IsPermissionDenied(text.status())) {
    return absl::PermissionDeniedError(absl::StrCat(
        text.status().message(), ": only root may read it, so run it as root"));
  }
  if (!text.ok()) return text.status();
  return ReportFromJson(*text);
}

}  // namespace extgate
