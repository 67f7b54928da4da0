// The file that a monitoring system reads.
#ifndef EXTGATE_ADAPTERS_METRICS_FILE_H_
#define EXTGATE_ADAPTERS_METRICS_FILE_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "adapters/places.h"

namespace extgate {

// Makes `text` the content of /run/extgate/metrics.prom: who reads it sees the
// old text or the new one, also of two writers at once. Errors as
// ErrnoStatus(), and Unavailable when another writer holds on to it.
absl::Status WriteMetrics(const Places& places, absl::string_view text);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_METRICS_FILE_H_
