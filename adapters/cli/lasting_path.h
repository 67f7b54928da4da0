// Where a file of policy that somebody is told to write outlives a boot.
#ifndef EXTGATE_ADAPTERS_CLI_LASTING_PATH_H_
#define EXTGATE_ADAPTERS_CLI_LASTING_PATH_H_

#include <string>

#include "adapters/places.h"

namespace extgate {

// `path`; on a Kairos with /oem, which makes /etc anew at each boot,
// /oem/90-extgate-NAME.yaml in place of /etc/extgate/policy.d/90-NAME.yaml.
std::string LastingPath(const Places& places, const std::string& path);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_CLI_LASTING_PATH_H_
