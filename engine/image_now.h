// Each image of a report as things are now.
#ifndef EXTGATE_ENGINE_IMAGE_NOW_H_
#define EXTGATE_ENGINE_IMAGE_NOW_H_

#include <vector>

#include "engine/in_force.h"
#include "engine/report.h"

namespace extgate {

// One an image of `report`, in its order, and then one a name that is merged
// and stands for none of them. What is merged and neither staged nor left where
// systemd found it is bypassed, and so is what is promised a dm-verity device
// and has none. In disabled nothing is.
std::vector<ImageNow> ImagesNow(const MergedNow& now, const Report& report);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_NOW_H_
