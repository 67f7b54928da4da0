// What the language has and evaluation does not know yet.
#ifndef EXTGATE_POLICY_NOT_YET_EVALUATED_H_
#define EXTGATE_POLICY_NOT_YET_EVALUATED_H_

#include <vector>

#include "policy/diagnostic.h"
#include "policy/policy.h"

namespace extgate {

// A note (not-acted-on) for each place where `policy` says what is kept, shown
// and compared, but not acted on by this version: nothing is looser for want of
// it.
std::vector<Diagnostic> FindNotActedOn(const Policy& policy);

// An error (unknown-key) for each place where `policy` says something that
// would not be heeded, so that no policy is half in force. One table in the
// source: whoever lets evaluation heed a key deletes its line there.
std::vector<Diagnostic> FindNotYetEvaluated(const Policy& policy);

}  // namespace extgate

#endif  // EXTGATE_POLICY_NOT_YET_EVALUATED_H_
