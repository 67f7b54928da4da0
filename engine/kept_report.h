// The report as it is kept for `status` and the next run, and measured for
// whoever asks this machine from elsewhere.
#ifndef EXTGATE_ENGINE_KEPT_REPORT_H_
#define EXTGATE_ENGINE_KEPT_REPORT_H_

#include <optional>

#include "absl/status/status.h"
#include "engine/ports.h"
#include "engine/report.h"
#include "policy/handling.h"

namespace extgate {

// Keeps `report`, whose last change this is. With a `target` that is extended
// first, by MeasuredText(): before anything is merged, where the caller does
// not merge before this. What cannot be measured costs nothing but the
// evidence: `report` gets the warning not-measured. Errors of
// StagingPort::WriteReport.
absl::Status KeepReport(const Ports& ports,
                        const std::optional<MeasureTarget>& target,
                        Report& report);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_KEPT_REPORT_H_
