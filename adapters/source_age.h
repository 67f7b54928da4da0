// When the files that policy comes from were written.
#ifndef EXTGATE_ADAPTERS_SOURCE_AGE_H_
#define EXTGATE_ADAPTERS_SOURCE_AGE_H_

#include <string>
#include <vector>

#include "adapters/places.h"

namespace extgate {

// The latest time (RFC 3339, UTC) at which one of the files at `paths` was
// written; "" where none of them is a file that can be looked at. What an
// image was built from may have been written at no time: such are left out.
std::string NewestChange(const Places& places,
                         const std::vector<std::string>& paths);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_SOURCE_AGE_H_
