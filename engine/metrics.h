// What a run decided, in numbers for a monitoring system.
#ifndef EXTGATE_ENGINE_METRICS_H_
#define EXTGATE_ENGINE_METRICS_H_

#include <string>

#include "engine/report.h"

namespace extgate {

// Whether what was decided is what is merged (IsInForce).
enum class Force {
  kUnknown,  // nobody looked since the decision
  kNot,
  kInForce,
};

// `report` as a file of node_exporter's textfile collector: samples of gauges,
// each family once with HELP and TYPE, no time stamps. Every closed word has a
// sample, also where it counts nothing, so that an alert sees a 0 rather than
// nothing; but extgate_in_force is left out where nobody looked. Source:
// Prometheus, exposition formats, text-based format 0.0.4.
std::string MetricsText(const Report& report, Force force);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_METRICS_H_
