// What status prints for people.
#ifndef EXTGATE_ADAPTERS_CLI_STATUS_TEXT_H_
#define EXTGATE_ADAPTERS_CLI_STATUS_TEXT_H_

#include <string>

#include "adapters/cli/table.h"
#include "engine/report.h"
#include "policy/utc_time.h"

namespace extgate {

// "2 h ago", of an RFC 3339 time that UtcTime reads; "" of one in the future,
// and of no time.
std::string AgeText(const std::string& time, const UtcTime& now);

// A headline, the policy and its age, and a row an image of report.now.
std::string StatusText(const Report& report, const UtcTime& now, Colour colour);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_CLI_STATUS_TEXT_H_
