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
// name. A class suffix (`.sysext`) belongs to the name up to 254, and `.mstack`
// of a directory up to 259; of a block device the whole file name does. Source:
// systemd-sysext(8), and src/shared/discover-image.c of 252 to 262.
std::vector<std::string> NamesInPlace(const Candidate& candidate,
                                      int systemd_version);

// What an entry of the set, `.raw` aside, has to be called so that systemd of
// that version calls it `name`: the same, but for a name that ends in what
// would be taken off it (`.sysext` of a sysext, `.v` and `.mstack` of a
// directory), which gets a class suffix more. Of an unknown version both.
std::vector<std::string> NamesInSet(const std::string& name,
                                    ImageClass image_class,
                                    int systemd_version);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_NAMES_IN_PLACE_H_
