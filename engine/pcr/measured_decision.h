// A decision as it is measured: one line of text, which a log of measurements
// shows and a verifier hashes.
#ifndef EXTGATE_ENGINE_PCR_MEASURED_DECISION_H_
#define EXTGATE_ENGINE_PCR_MEASURED_DECISION_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace extgate {

// Words as in a report (proto/report.proto); digests are 64 lower-case hex
// digits.
struct MeasuredDecision {
  std::string mode;           // "enforcing"
  std::string outcome;        // "ok"
  std::string policy_sha256;  // of the policy in force
  std::string report_sha256;  // of the report, byte for byte as it is kept
  friend bool operator==(const MeasuredDecision&,
                         const MeasuredDecision&) = default;
};

// "extgate-decision:MODE:OUTCOME:POLICY:REPORT": printable ASCII. Register N,
// bank by bank, is extended by the digest of these bytes.
std::string MeasuredText(const MeasuredDecision& decision);

// nullopt: it is not such a text.
std::optional<MeasuredDecision> ParseMeasuredText(absl::string_view text);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_PCR_MEASURED_DECISION_H_
