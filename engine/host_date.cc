// One way in: DateOf.
#include "engine/host_date.h"

#include <algorithm>

namespace extgate {

HostDate DateOf(const UtcTime& clock, const std::optional<UtcTime>& last_seen) {
  // The constant parses: the test sees to it.
  const UtcTime built = UtcTime::Parse(kBuildDate).value_or(UtcTime());
  HostDate result{std::max(clock, built), true};
  if (!last_seen.has_value()) return result;
  if (last_seen->seconds() - result.date.seconds() > kMaxSecondsAhead) {
    result.believes_last_seen = false;
    return result;
  }
  result.date = std::max(result.date, *last_seen);
  return result;
}

}  // namespace extgate
