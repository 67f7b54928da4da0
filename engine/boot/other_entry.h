// Another boot entry, as the policy of this boot sees it.
#ifndef EXTGATE_ENGINE_BOOT_OTHER_ENTRY_H_
#define EXTGATE_ENGINE_BOOT_OTHER_ENTRY_H_

#include <string>
#include <vector>

#include "engine/pipeline.h"
#include "engine/ports.h"

namespace extgate {

// Whether a boot of `entry`, the word for it, would not be failed by the policy
// of `context` as things are now: its images are found, `extra` (directories on
// the boot loader's partitions) among them, and decided about. What the boot
// loader handed to this boot belongs to the booted entry alone. What cannot be
// read there fails nothing, as in a boot.
bool WouldPass(const Ports& ports, const DecisionContext& context,
               const std::string& entry, const std::vector<std::string>& extra);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_BOOT_OTHER_ENTRY_H_
