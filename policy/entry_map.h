// The policy's `entries`: which boot entries an image is for.
#ifndef EXTGATE_POLICY_ENTRY_MAP_H_
#define EXTGATE_POLICY_ENTRY_MAP_H_

#include <string>
#include <vector>

#include "policy/compiled_policy.h"

namespace extgate {

// In the place of an entry: all of them.
inline constexpr char kEveryEntry[] = "common";

// The entries that the map gives to the image `name`, in the order of the
// policy, each as often as it is said; empty where no mapping matches.
std::vector<std::string> EntriesOf(const std::string& name,
                                   const CompiledPolicy& policy);

}  // namespace extgate

#endif  // EXTGATE_POLICY_ENTRY_MAP_H_
