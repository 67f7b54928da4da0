// Policies at random, for tests of properties.
#ifndef EXTGATE_POLICY_RANDOM_POLICY_H_
#define EXTGATE_POLICY_RANDOM_POLICY_H_

#include <cstdint>

#include "policy/policy.h"

namespace extgate {

// One that is valid as a reader would have it, with what the spellings could
// trip over in its texts. The same seed, the same policy.
Policy RandomPolicy(uint32_t seed);

}  // namespace extgate

#endif  // EXTGATE_POLICY_RANDOM_POLICY_H_
