// Ways in: DecisionRegisters, AddDecisions.
#include "engine/pcr/decision_verification.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/pcr/measured_decision.h"

namespace extgate {
namespace {

// Of the decisions in `events`, in their order.
std::vector<VerifiedDecision> DecisionsIn(
    const std::vector<UserspaceEvent>& events, PcrBank bank) {
  std::vector<VerifiedDecision> decisions;
  for (const UserspaceEvent& event : events) {
    auto decision = ParseMeasuredText(event.text);
    if (!decision.has_value()) continue;
    const auto digest = event.digests.find(bank);
    const bool is_of_text = digest != event.digests.end() &&
                            digest->second == DigestIn(bank, event.text);
    decisions.push_back({event.pcr, event.nvpcr, *std::move(decision),
                         is_of_text ? DecisionStanding::kMeasured
                                    : DecisionStanding::kNotOfText});
  }
  return decisions;
}

// Marks the last one, where that is of `report`; else says why not, "" where
// nobody can know.
std::string FindKept(const std::optional<std::string>& report,
                     std::vector<VerifiedDecision>& decisions) {
  if (decisions.empty()) return "";
  VerifiedDecision& last = decisions.back();
  if (last.standing == DecisionStanding::kNotOfText) return "";
  if (!report.has_value()) return "";
  const std::string digest =
      absl::BytesToHexString(DigestIn(PcrBank::kSha256, *report));
  if (digest == last.decision.report_sha256) {
    last.standing = DecisionStanding::kKept;
    return "";
  }
  return absl::StrCat("the report that is kept (sha256 ", digest,
                      ") is not that of the last decision that was measured");
}

}  // namespace

std::set<int> DecisionRegisters(const std::vector<UserspaceEvent>& events) {
  std::set<int> registers;
  for (const UserspaceEvent& event : events) {
    if (event.pcr.has_value() && ParseMeasuredText(event.text).has_value()) {
      registers.insert(*event.pcr);
    }
  }
  return registers;
}

void AddDecisions(const DecisionEvidence& evidence, PcrBank bank,
                  const EventLog* firmware, const HeldRegisters& held,
                  Verification& verification) {
  std::vector<VerifiedDecision> decisions = DecisionsIn(evidence.events, bank);
  if (evidence.required && DecisionRegisters(evidence.events).empty()) {
    verification.differs = true;
    verification.remarks.push_back(
        "no decision of extgate was measured into a register");
  }
  if (std::string why = FindKept(evidence.report, decisions); !why.empty()) {
    verification.differs = true;
    verification.remarks.push_back(std::move(why));
  }
  for (VerifiedDecision& decision : decisions) {
    if (decision.standing == DecisionStanding::kNotOfText) {
      verification.differs = true;
    }
    if (!decision.pcr.has_value()) {
      verification.remarks.push_back(
          absl::StrCat("whether NvPCR `", decision.nvpcr,
                       "` holds what the log says is not "
                       "looked at: systemd-analyze nvpcrs shows it"));
    }
    verification.decisions.push_back(std::move(decision));
  }
  if (!evidence.complete) {
    verification.remarks.push_back(
        "the log of measurements is marked: who wrote to it last died before "
        "the record was there");
  }
  for (const int pcr : DecisionRegisters(evidence.events)) {
    const std::string before = firmware == nullptr
                                   ? InitialPcr(bank)
                                   : ReplayPcr(*firmware, bank, pcr);
    VerifiedRegister compared{
        pcr, bank, WithUserspace(evidence.events, bank, pcr, before), ""};
    const auto found = held.find(pcr);
    if (found == held.end()) {
      verification.remarks.push_back(
          absl::StrCat("nothing tells what register ", pcr, " holds"));
    } else {
      compared.held = found->second;
    }
    if (compared.held != compared.predicted) verification.differs = true;
    verification.registers.push_back(std::move(compared));
  }
}

}  // namespace extgate
