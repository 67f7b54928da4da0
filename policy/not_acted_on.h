// What the language has and nothing acts on yet.
#ifndef EXTGATE_POLICY_NOT_ACTED_ON_H_
#define EXTGATE_POLICY_NOT_ACTED_ON_H_

#include <vector>

#include "policy/diagnostic.h"
#include "policy/policy.h"

namespace extgate {

// A note (not-acted-on) for each place where `policy` says what is kept, shown
// and compared, but not acted on by this version: nothing is looser for want of
// it.
std::vector<Diagnostic> FindNotActedOn(const Policy& policy);

}  // namespace extgate

#endif  // EXTGATE_POLICY_NOT_ACTED_ON_H_
