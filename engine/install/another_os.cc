// Way in: OnlyForAnotherOs.
#include "engine/install/another_os.h"

#include <algorithm>

#include "policy/reason.h"

namespace extgate {

bool OnlyForAnotherOs(const Decision& decision) {
  return decision.verdict == Verdict::kNotApplicable &&
         std::all_of(decision.reasons.begin(), decision.reasons.end(),
                     [](const Reason& reason) {
                       return reason.code == ReasonCode::kReleaseMismatch;
                     });
}

}  // namespace extgate
