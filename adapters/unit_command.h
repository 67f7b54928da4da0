// What systemd's own units would run, for those who examine a machine.
#ifndef EXTGATE_ADAPTERS_UNIT_COMMAND_H_
#define EXTGATE_ADAPTERS_UNIT_COMMAND_H_

#include "adapters/places.h"
#include "engine/doctor.h"
#include "policy/values.h"

namespace extgate {

// The command of the unit that merges images of that class, by the unit's file
// and its drop-ins as systemd would read them now.
UnitCommand CommandByFiles(const Places& places, ImageClass image_class);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_UNIT_COMMAND_H_
