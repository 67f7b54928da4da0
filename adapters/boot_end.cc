// Way in: EndBoot.
#include "adapters/boot_end.h"

#include <sys/reboot.h>
#include <unistd.h>

#include <cerrno>

#include "adapters/io_status.h"
#include "adapters/service_manager.h"

namespace extgate {
namespace {

absl::Status Reboot() {
  ServiceManager manager;
  for (const char* unit : {kFailedBootUnit, "reboot.target"}) {
    if (manager.Start(unit).ok()) return absl::OkStatus();
  }
  sync();
  // Returns only where the caller may not.
  reboot(RB_AUTOBOOT);
  return ErrnoStatus(errno, "reboot", "the machine");
}

}  // namespace

absl::Status EndBoot(BootFate::Kind kind) {
  switch (kind) {
    case BootFate::Kind::kFail:
    case BootFate::Kind::kReboot:
      return Reboot();
    case BootFate::Kind::kEmergency:
      return ServiceManager().Start("emergency.target");
    case BootFate::Kind::kWithhold:
      return absl::OkStatus();
  }
  return absl::OkStatus();
}

}  // namespace extgate
