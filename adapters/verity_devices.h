// The dm-verity devices of the running kernel.
#ifndef EXTGATE_ADAPTERS_VERITY_DEVICES_H_
#define EXTGATE_ADAPTERS_VERITY_DEVICES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/in_force.h"

namespace extgate {

// What the parameters of a `verity` target say.
struct VerityTable {
  std::string data_device;  // "MAJOR:MINOR"
  std::string root_hash;    // lower-case hex
  friend bool operator==(const VerityTable&, const VerityTable&) = default;
};

// nullopt: not of that form. Source: the kernel's
// Documentation/admin-guide/device-mapper/verity.rst, Construction Parameters.
std::optional<VerityTable> ParseVerityTable(absl::string_view parameters);

// All of them, as the device mapper's own tables tell, each with the file whose
// loop device its data is on. Empty where the kernel has no device mapper.
// PermissionDenied without CAP_SYS_ADMIN; Unavailable.
absl::StatusOr<std::vector<VerityDevice>> VerityDevices();

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_VERITY_DEVICES_H_
