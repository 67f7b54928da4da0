// What systemd-sysext and systemd-confext have merged right now.
#ifndef EXTGATE_ADAPTERS_MERGED_HIERARCHY_H_
#define EXTGATE_ADAPTERS_MERGED_HIERARCHY_H_

#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "adapters/root_dir.h"
#include "policy/values.h"

namespace extgate {

// The paths below `root` that are covered by an overlay of systemd's: the root
// of an overlayfs that holds a file `.systemd-sysext/dev` or
// `.systemd-confext/dev` naming the overlay's own device, by which systemd
// knows it too. /usr, /opt and /etc are looked at, and what the calling
// thread's /proc/self/mountinfo lists: a system may merge elsewhere. None lies
// below another. What cannot be looked at is none.
std::vector<std::string> MergedHierarchies(const RootDir& root);

// The names of the extensions of that class that are merged, as systemd itself
// lists them in each overlay. A list that cannot be read names none.
std::set<std::string> MergedExtensions(const RootDir& root,
                                       ImageClass image_class);

// Takes off what systemd has merged for that class on other directories than
// `hierarchies`, which its refresh would leave as it is: it looks at those
// alone. The first error as DetachMount(), the rest having been tried.
absl::Status UnmergeElsewhere(const RootDir& root, ImageClass image_class,
                              const std::vector<std::string>& hierarchies);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_MERGED_HIERARCHY_H_
