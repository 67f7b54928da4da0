// The end of a boot that is not to go on.
#ifndef EXTGATE_ADAPTERS_BOOT_END_H_
#define EXTGATE_ADAPTERS_BOOT_END_H_

#include "absl/status/status.h"
#include "engine/boot/boot_fate.h"

namespace extgate {

// The unit of the package that reboots by failing (packaging/), so that systemd
// says why in its own words.
inline constexpr char kFailedBootUnit[] = "extgate-failed-boot.service";

// Ends this boot as `kind` says: OK at once for kWithhold. By the gentlest way
// that works: systemd is asked to start kFailedBootUnit, else reboot.target, of
// kEmergency emergency.target; where it cannot be asked, buffers are written
// out and the kernel reboots. Returns while systemd is still at it. Errors: no
// way worked, with the last one's words.
absl::Status EndBoot(BootFate::Kind kind);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_BOOT_END_H_
