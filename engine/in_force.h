// Whether what was decided is what is merged.
#ifndef EXTGATE_ENGINE_IN_FORCE_H_
#define EXTGATE_ENGINE_IN_FORCE_H_

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/report.h"
#include "engine/unit_in_force.h"
#include "policy/values.h"

namespace extgate {

// A dm-verity device that is active.
struct VerityDevice {
  std::string root_hash;  // lower-case hex
  std::string file;  // whose loop device its data is on, absolute; "" for none
  friend bool operator==(const VerityDevice&, const VerityDevice&) = default;
};

// What a machine has merged, as it is now.
struct MergedNow {
  std::set<std::string> sysext;  // names, as systemd lists them
  std::set<std::string> confext;
  // nullopt: nobody could look.
  std::optional<std::vector<VerityDevice>> devices;
  // systemd's units, at most one a class. nullopt: nobody could ask.
  std::optional<std::vector<AskedUnit>> units = std::nullopt;
};

// True when `image` is among `merged`, by its name or by that name cut where
// systemd cuts it. Takes it out of the set.
bool TakeMerged(const ReportedImage& image, std::set<std::string>& merged);

// Holds `report`, of the last run, against `now`: adds to report.not_merged
// what was staged and is not merged, and to report.violations a `bypass` for
// each name that is merged and was not staged, each image whose protection is
// said to be dm-verity and no device has its root hash, each device of an
// image's file whose root hash was not decided about, and each unit that runs
// something else than it is meant to. Fills report.units. In disabled nothing
// was decided. False when there is any of these; a unit that is only not
// enabled, or not read again yet, is none.
bool IsInForce(const MergedNow& now, Report& report);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IN_FORCE_H_
