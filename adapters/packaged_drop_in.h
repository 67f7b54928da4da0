// The unit drop-in that the package brings, so that systemd's own units run
// `extgate merge`.
#ifndef EXTGATE_ADAPTERS_PACKAGED_DROP_IN_H_
#define EXTGATE_ADAPTERS_PACKAGED_DROP_IN_H_

#include "absl/strings/string_view.h"
#include "adapters/places.h"
#include "policy/values.h"

namespace extgate {

// True when, without the zzz-extgate.conf that extgate keeps in /run, systemd
// would use one that makes the unit of that class run `extgate merge` in place
// of what it runs by itself. Of the directories that systemd looks into the
// first one with that name counts (systemd.unit(5)); a mask, an empty file and
// one that cannot be read hide those in the others.
bool HasPackagedDropIn(const Places& places, ImageClass image_class);

// True for a command line of ExecStart= that is `extgate … merge CLASS …`.
bool RunsMergeCommand(absl::string_view command, ImageClass image_class);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_PACKAGED_DROP_IN_H_
