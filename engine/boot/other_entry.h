// Another boot entry, as the policy of this boot sees it.
#ifndef EXTGATE_ENGINE_BOOT_OTHER_ENTRY_H_
#define EXTGATE_ENGINE_BOOT_OTHER_ENTRY_H_

#include <string>
#include <vector>

#include "engine/pipeline.h"
#include "engine/ports.h"

namespace extgate {

// The images that a boot of `entry`, the word for it, would decide about as
// things are now, decided by the policy of `context`: those of `extra`
// (directories on the boot loader's partitions, of which systemd-stub takes the
// files) among them. What it handed to this boot belongs to the booted entry
// alone.
std::vector<DecidedImage> ImagesOf(const Ports& ports,
                                   const DecisionContext& context,
                                   const std::string& entry,
                                   const std::vector<std::string>& extra);

// Whether these images would be no violation in enforcing that a boot could be
// failed for; in another mode they pass. What cannot be read is none.
bool WouldPass(const std::vector<DecidedImage>& images,
               const DecisionContext& context, const std::string& entry);

// Whether one of `images` at least may be merged.
bool AnyAllowed(const std::vector<DecidedImage>& images);

// Whether none of them may, and of one that is for who signed it, or because no
// rule allows it: then who is trusted may be what is wrong.
bool NoneIsTrusted(const std::vector<DecidedImage>& images);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_BOOT_OTHER_ENTRY_H_
