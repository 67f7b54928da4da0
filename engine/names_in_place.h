// What systemd calls an image that it finds by itself.
#ifndef EXTGATE_ENGINE_NAMES_IN_PLACE_H_
#define EXTGATE_ENGINE_NAMES_IN_PLACE_H_

#include <string>
#include <vector>

#include "engine/ports.h"

namespace extgate {

// The names under which systemd of that version (0: unknown, so all of them)
// finds `candidate` where it lies; an empty directory of such a name in a place
// that is searched earlier hides it. Empty when it takes nothing of that file
// name. A class suffix (`.sysext`) belongs to the name up to 254; from 256 on a
// directory `NAME.raw.v` or `NAME.v` is searched for versions of NAME.
// Source: systemd-sysext(8), systemd.v(7).
std::vector<std::string> NamesInPlace(const Candidate& candidate,
                                      int systemd_version);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_NAMES_IN_PLACE_H_
