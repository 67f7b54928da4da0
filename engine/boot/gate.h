// Whether a boot may be called good.
#ifndef EXTGATE_ENGINE_BOOT_GATE_H_
#define EXTGATE_ENGINE_BOOT_GATE_H_

#include <string>

#include "engine/in_force.h"
#include "engine/report.h"

namespace extgate {

// Why the boot that `report` tells of, held against what is merged (IsInForce),
// is not to be called good; "" where it is. Only in enforcing, and only for
// what images are: something else is merged than was decided, the boot was to
// be failed, or a required image is missing. Not for the last where an image
// could not be read or did not fit, which may be the one, nor where to fail the
// boot was found not to help (boot-not-failed). Not printable yet.
std::string WhyNotGood(const Report& report, bool in_force);

// The same of a boot that has no report, or one that cannot be read: a crash of
// extgate, which costs no boot. What is merged in enforcing all the same was
// decided by nobody.
std::string WhyNotGoodWithoutReport(const MergedNow& now, Mode mode);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_BOOT_GATE_H_
