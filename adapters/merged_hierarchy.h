// What systemd-sysext and systemd-confext have merged right now.
#ifndef EXTGATE_ADAPTERS_MERGED_HIERARCHY_H_
#define EXTGATE_ADAPTERS_MERGED_HIERARCHY_H_

#include <string>
#include <vector>

#include "adapters/root_dir.h"

namespace extgate {

// Those of /usr, /opt and /etc that are covered by an overlay of systemd's: an
// overlayfs that holds a file `.systemd-sysext/dev` or `.systemd-confext/dev`
// naming the overlay's own device, by which systemd knows it too. Where it
// cannot be looked at, it is none.
std::vector<std::string> MergedHierarchies(const RootDir& root);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_MERGED_HIERARCHY_H_
