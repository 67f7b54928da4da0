// The last time that extgate saw, kept from run to run.
#ifndef EXTGATE_ENGINE_LAST_SEEN_H_
#define EXTGATE_ENGINE_LAST_SEEN_H_

#include <vector>

#include "engine/ports.h"
#include "policy/diagnostic.h"
#include "policy/facts.h"
#include "policy/utc_time.h"

namespace extgate {

// The name of the state: one time as UtcTime prints it, and a newline.
inline constexpr char kLastSeenState[] = "last-seen";

// host.Facts(), the date of which is not before the last time seen, as far as
// that is believed (host_date.h): the warning last-seen tells of one more than
// a day later, and of one that is not, or cannot be read, and is left out; that
// there is none is silent.
WithDiagnostics<HostFacts> FactsAndDate(const Ports& ports);

// The date of FactsAndDate() without the facts: the clock's, but not before the
// build of extgate or the last time seen, as far as that is believed.
UtcTime DateNow(const Ports& ports);

// Keeps `date`, which takes the place of whatever is kept, unless that is less
// than an hour before it. A note (last-seen) where it cannot be written.
std::vector<Diagnostic> KeepLastSeen(const UtcTime& date, StatePort& state);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_LAST_SEEN_H_
