// Measured decisions, held against the report that a machine keeps and what its
// TPM holds.
#ifndef EXTGATE_ENGINE_PCR_DECISION_VERIFICATION_H_
#define EXTGATE_ENGINE_PCR_DECISION_VERIFICATION_H_

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/pcr/event_log.h"
#include "engine/pcr/pcr_bank.h"
#include "engine/pcr/userspace_log.h"
#include "engine/pcr/verification.h"

namespace extgate {

// What is known of a machine's decisions.
struct DecisionEvidence {
  std::vector<UserspaceEvent> events;  // of its log
  bool complete = true;                // false: a record may be missing
  // The report that it keeps, byte for byte; nullopt: it is not known.
  std::optional<std::string> report;
  // Without a decision in this register the machine is not as it should be, and
  // the last one there is what the report is held against: what a log says of
  // an NvPCR nothing proves here, and some registers can be reset.
  std::optional<int> required;
};

// Registers that a decision was measured into.
std::set<int> DecisionRegisters(const std::vector<UserspaceEvent>& events);

// Adds to `verification` every decision that was measured, and each register of
// DecisionRegisters(): what the firmware's log (nullptr: it has none) and this
// one make of it, against `held`. It differs where a register does, where the
// digest of anything that was measured there is not that of its text, which
// could be a decision that somebody hides; and where the report that is kept is
// not that of the last decision in the register that is required, or else in
// any, or else in the log. What cannot be told so, of the firmware and of
// systemd's secrets, is a remark. Needs what DigestIn() needs.
void AddDecisions(const DecisionEvidence& evidence, PcrBank bank,
                  const EventLog* firmware, const HeldRegisters& held,
                  Verification& verification);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_PCR_DECISION_VERIFICATION_H_
