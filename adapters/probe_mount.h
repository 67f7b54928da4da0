// What systemd itself makes of an image, where nothing of it stays. Not for the
// path of a boot: it runs a process.
#ifndef EXTGATE_ADAPTERS_PROBE_MOUNT_H_
#define EXTGATE_ADAPTERS_PROBE_MOUNT_H_

#include <string>
#include <vector>

#include "engine/doctor.h"

namespace extgate {

// What systemd-dissect is told besides the image.
struct DissectOrders {
  std::string image_policy;  // "": no --image-policy=
  std::vector<std::string>
      environment;  // NAME=VALUE; all there is besides PATH
};

// Lets `systemd-dissect --mount` mount `image` (an absolute path of this host)
// in a mount namespace that ends with this call, loop and dm-verity device with
// it, and reads usr/share/extgate-probe/payload in it to its end. kNotTried
// where nobody may (not root), there is no systemd-dissect, or it does not end
// within a minute.
ProbeMount MountProbe(const std::string& image, const DissectOrders& orders);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_PROBE_MOUNT_H_
