// Whether systemd has read a drop-in of extgate's.
#ifndef EXTGATE_ENGINE_OWN_DROP_IN_H_
#define EXTGATE_ENGINE_OWN_DROP_IN_H_

#include <string>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "engine/unit_in_force.h"

namespace extgate {

// True when one is loaded for `unit`, of the package or of /run. Up to 254
// systemd's own word, NeedDaemonReload, does not see the first file of a new
// directory of drop-ins, so that it has to be held against what is on disk.
inline bool HasReadOwnDropIn(const EffectiveUnit& unit) {
  return absl::c_any_of(unit.drop_in_paths, [](const std::string& path) {
    return absl::EndsWith(path, "/zzz-extgate.conf");
  });
}

}  // namespace extgate

#endif  // EXTGATE_ENGINE_OWN_DROP_IN_H_
