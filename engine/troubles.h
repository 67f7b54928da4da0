// What went wrong in a run by more than the content of images.
#ifndef EXTGATE_ENGINE_TROUBLES_H_
#define EXTGATE_ENGINE_TROUBLES_H_

#include <string>
#include <vector>

#include "engine/report.h"
#include "policy/diagnostic.h"

namespace extgate {

// Codes of what whoever looks after the machine has to hear of, whatever the
// outcome: the journal, the login message and the metrics tell of them.
inline constexpr DiagnosticCode kTroubles[] = {
    DiagnosticCode::kPolicyInvalid,  DiagnosticCode::kPolicyStandIn,
    DiagnosticCode::kPolicyRejected, DiagnosticCode::kPolicyRequired,
    DiagnosticCode::kBootNotFailed,  DiagnosticCode::kNoSpace,
    DiagnosticCode::kPutBack,
};

// The messages of `report` with one of these codes, in its order, not
// printable yet: the first three, and how many more there are.
std::vector<std::string> TroublesOf(const Report& report);

// What tells why `image` of `report` is not staged though nothing that it is
// forbids it; nullptr where that is not so. Lives as long as `report`.
const Diagnostic* ObstacleTo(const ReportedImage& image, const Report& report);

// The same as "CODE: MESSAGE", or "". Not printable yet.
std::string ObstacleOf(const ReportedImage& image, const Report& report);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_TROUBLES_H_
