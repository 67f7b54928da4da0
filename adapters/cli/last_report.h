// The report that the last apply of this boot kept.
#ifndef EXTGATE_ADAPTERS_CLI_LAST_REPORT_H_
#define EXTGATE_ADAPTERS_CLI_LAST_REPORT_H_

#include "absl/status/statusor.h"
#include "adapters/places.h"
#include "engine/report.h"

namespace extgate {

// NotFound, with what to do, when there was no apply since boot;
// InvalidArgument when it is not a report.
absl::StatusOr<Report> LastReport(const Places& places);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_CLI_LAST_REPORT_H_
