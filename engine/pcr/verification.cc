// Ways in: VerifyPrediction and VerificationToJson.
#include "engine/pcr/verification.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/message_json.h"
#include "policy/printable.h"
#include "proto/measure.pb.h"

namespace extgate {
namespace {

class Verifier {
 public:
  Verifier(const Prediction& prediction, PcrBank bank, const EventLog* log,
           const HeldRegisters& held, OtherRegisters others)
      : prediction_(prediction),
        bank_(bank),
        log_(log),
        held_(held),
        others_(others) {}

  Verification Run() {
    if (log_ != nullptr) {
      seen_.assign(prediction_.events.size(), false);
      for (const LoggedEvent& event : log_->events) Look(event);
      TellNotMeasured();
    }
    for (const auto& [pcr, values] : prediction_.pcrs) {
      Compare(pcr, values.at(bank_));
    }
    for (const auto& [pcr, parts] : prediction_.missing) {
      for (const std::string& part : parts) {
        found_.differs = true;
        found_.remarks.push_back(absl::StrCat(
            "register ", pcr, " is not verified: not given is ", part));
      }
    }
    return std::move(found_);
  }

 private:
  bool IsPredicted(int pcr) const { return prediction_.pcrs.count(pcr) > 0; }

  // The first of the predicted events that this one is and none before was.
  void Look(const LoggedEvent& event) {
    const int pcr = static_cast<int>(event.pcr);
    const auto digest = event.digests.find(bank_);
    if (event.type == kNoAction || !IsPredicted(pcr) ||
        digest == event.digests.end()) {
      return;
    }
    for (size_t i = 0; i < prediction_.events.size(); ++i) {
      const MeasuredEvent& predicted = prediction_.events[i];
      if (seen_[i] || predicted.pcr != pcr ||
          predicted.digests.at(bank_) != digest->second) {
        continue;
      }
      seen_[i] = true;
      Add({pcr, predicted.description, predicted.files,
           EventStanding::kAsPredicted});
      return;
    }
    Add({pcr, EventText(event), {}, EventStanding::kNotPredicted});
  }

  void TellNotMeasured() {
    for (size_t i = 0; i < prediction_.events.size(); ++i) {
      const MeasuredEvent& event = prediction_.events[i];
      if (seen_[i] || event.by_system || !IsPredicted(event.pcr)) continue;
      Add({event.pcr, event.description, event.files,
           EventStanding::kNotMeasured});
    }
  }

  void Add(VerifiedEvent event) {
    if (event.standing != EventStanding::kAsPredicted) found_.differs = true;
    found_.events.push_back(std::move(event));
  }

  // What the log makes of a register lacks what the system measured since.
  void Compare(int pcr, const std::string& predicted) {
    VerifiedRegister compared{pcr, bank_, predicted, ""};
    const auto held = held_.find(pcr);
    if (held != held_.end()) {
      compared.held = held->second;
    } else if (others_ == OtherRegisters::kByLog && LogHasBank() &&
               !MeasuredLater(pcr)) {
      compared.held = ReplayPcr(*log_, bank_, pcr);
    } else {
      found_.remarks.push_back(
          absl::StrCat("nothing tells what register ", pcr, " holds"));
    }
    if (compared.held != compared.predicted) found_.differs = true;
    found_.registers.push_back(std::move(compared));
  }

  bool LogHasBank() const {
    return log_ != nullptr && std::find(log_->banks.begin(), log_->banks.end(),
                                        bank_) != log_->banks.end();
  }

  bool MeasuredLater(int pcr) const {
    for (const MeasuredEvent& event : prediction_.events) {
      if (event.pcr == pcr && event.by_system) return true;
    }
    return false;
  }

  const Prediction& prediction_;
  const PcrBank bank_;
  const EventLog* log_;
  const HeldRegisters& held_;
  const OtherRegisters others_;
  std::vector<bool> seen_;  // of prediction_.events
  Verification found_;
};

}  // namespace

Verification VerifyPrediction(const Prediction& prediction, PcrBank bank,
                              const EventLog* log, const HeldRegisters& held,
                              OtherRegisters others) {
  return Verifier(prediction, bank, log, held, others).Run();
}

std::string VerificationToJson(const Verification& verification) {
  v1::Verification out;
  out.set_differs(verification.differs);
  for (const VerifiedEvent& event : verification.events) {
    v1::VerifiedEvent* const verified = out.add_events();
    verified->set_pcr(static_cast<uint32_t>(event.pcr));
    verified->set_description(PrintableText(event.description));
    for (const std::string& file : event.files) {
      verified->add_files(PrintableText(file));
    }
    verified->set_standing(ToWord(event.standing));
  }
  for (const VerifiedRegister& compared : verification.registers) {
    v1::VerifiedRegister* const verified = out.add_registers();
    verified->set_pcr(static_cast<uint32_t>(compared.pcr));
    verified->set_bank(ToWord(compared.bank));
    verified->set_predicted(absl::BytesToHexString(compared.predicted));
    verified->set_held(absl::BytesToHexString(compared.held));
  }
  for (const VerifiedDecision& decision : verification.decisions) {
    v1::VerifiedDecision* const verified = out.add_decisions();
    if (decision.pcr.has_value()) {
      verified->set_pcr(static_cast<uint32_t>(*decision.pcr));
    }
    verified->set_nvpcr(PrintableText(decision.nvpcr));
    verified->set_mode(decision.decision.mode);
    verified->set_outcome(decision.decision.outcome);
    verified->set_policy_sha256(decision.decision.policy_sha256);
    verified->set_report_sha256(decision.decision.report_sha256);
    verified->set_standing(ToWord(decision.standing));
  }
  for (const std::string& remark : verification.remarks) {
    out.add_remarks(PrintableText(remark));
  }
  return MessageToJson(out, JsonLayout::kIndented);
}

}  // namespace extgate
