// A prediction held against what a machine measured.
#ifndef EXTGATE_ENGINE_PCR_VERIFICATION_H_
#define EXTGATE_ENGINE_PCR_VERIFICATION_H_

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/pcr/event_log.h"
#include "engine/pcr/measured_decision.h"
#include "engine/pcr/pcr_bank.h"
#include "engine/pcr/prediction.h"
#include "policy/words.h"

namespace extgate {

enum class EventStanding {
  kAsPredicted,
  kNotPredicted,  // it was measured, and nothing of that was predicted
  kNotMeasured,   // it was predicted, and is not in the log
};

template <>
struct Words<EventStanding> {
  static constexpr char kNoun[] = "standing of an event";
  static constexpr std::pair<EventStanding, const char*> kTable[] = {
      {EventStanding::kAsPredicted, "as predicted"},
      {EventStanding::kNotPredicted, "not predicted"},
      {EventStanding::kNotMeasured, "not measured"},
  };
};

struct VerifiedEvent {
  int pcr = 0;
  std::string description;
  std::vector<std::string> files;  // of one that was predicted
  EventStanding standing = EventStanding::kAsPredicted;
};

// Raw values.
struct VerifiedRegister {
  int pcr = 0;
  PcrBank bank = PcrBank::kSha256;
  std::string predicted;
  std::string held;  // by the TPM, or by the log; "": nothing tells
};

enum class DecisionStanding {
  kKept,       // it is that of the report which the machine keeps
  kMeasured,   // another one, or that report is not known
  kNotOfText,  // what was extended is not the digest of what it says
};

template <>
struct Words<DecisionStanding> {
  static constexpr char kNoun[] = "standing of a decision";
  static constexpr std::pair<DecisionStanding, const char*> kTable[] = {
      {DecisionStanding::kKept, "kept"},
      {DecisionStanding::kMeasured, "measured"},
      {DecisionStanding::kNotOfText, "not of its text"},
  };
};

// A decision of extgate that was measured.
struct VerifiedDecision {
  std::optional<int> pcr;
  std::string nvpcr;  // where it is no register
  MeasuredDecision decision;
  DecisionStanding standing = DecisionStanding::kMeasured;
};

struct Verification {
  // Of the registers that are predicted, in the order of the log; what was not
  // measured comes last. None without a log.
  std::vector<VerifiedEvent> events;
  std::vector<VerifiedRegister> registers;
  // In the order of the log; AddDecisions() of decision_verification.h.
  std::vector<VerifiedDecision> decisions;
  // Something is another than predicted; what was not to be predicted and what
  // could not be read count.
  bool differs = false;
  std::vector<std::string> remarks;
};

// Registers of one bank, raw, by number.
using HeldRegisters = std::map<int, std::string>;

// What tells of a register that is not among those of the TPM.
enum class OtherRegisters {
  kByLog,    // the log, as far as it goes: nobody was asked to vouch for it
  kNothing,  // somebody vouches for some, and for no others
};

// `prediction` has one bank, that of `held`; `log` may be nullptr. What systemd
// measures once the kernel runs is in no firmware's log, and is not missed
// there. A register of which nothing tells differs.
Verification VerifyPrediction(const Prediction& prediction, PcrBank bank,
                              const EventLog* log, const HeldRegisters& held,
                              OtherRegisters others);

// One object, two spaces deep, ending in a newline (proto/measure.proto).
std::string VerificationToJson(const Verification& verification);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_PCR_VERIFICATION_H_
