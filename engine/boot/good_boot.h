// That a boot came up well.
#ifndef EXTGATE_ENGINE_BOOT_GOOD_BOOT_H_
#define EXTGATE_ENGINE_BOOT_GOOD_BOOT_H_

#include "absl/status/status.h"
#include "engine/ports.h"
#include "engine/report.h"

namespace extgate {

// Keeps of the boot that `report` tells of, and that is in force, what another
// one will want to know: its policy (booted_policy.h), what its entry was made
// of (rearm.h), and that this has nothing to be forgiven any more
// (failed_boots.h). A boot that only went on because to fail it would not help,
// or by the policy of an earlier one, is not such a boot: nothing is kept. Nor
// is the policy of one that proves nothing of it: that had errors, is another
// one by now, or staged none of the images there were.
// Errors of the ports that keep it.
absl::Status KeepGoodBoot(const Ports& ports, const Report& report);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_BOOT_GOOD_BOOT_H_
