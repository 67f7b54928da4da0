// Ways in: DecisionRegisters, AddDecisions.
#include "engine/pcr/decision_verification.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/pcr/measured_decision.h"

namespace extgate {
namespace {

// Register 15 is systemd's for what identifies the machine. Of volume keys it
// logs other words than it measures (crypttab(5), tpm2-measure-pcr=).
constexpr int kSystemIdentityPcr = 15;
constexpr char kOfVolumeKey[] = "cryptsetup:";

bool IsOfText(const UserspaceEvent& event, PcrBank bank) {
  const auto digest = event.digests.find(bank);
  return digest != event.digests.end() &&
         digest->second == DigestIn(bank, event.text);
}

// Of the decisions in `events`, in their order.
std::vector<VerifiedDecision> DecisionsIn(
    const std::vector<UserspaceEvent>& events, PcrBank bank) {
  std::vector<VerifiedDecision> decisions;
  for (const UserspaceEvent& event : events) {
    auto decision = ParseMeasuredText(event.text);
    if (!decision.has_value()) continue;
    decisions.push_back({event.pcr, event.nvpcr, *std::move(decision),
                         IsOfText(event, bank) ? DecisionStanding::kMeasured
                                               : DecisionStanding::kNotOfText});
  }
  return decisions;
}

// The one that counts: a log proves none but those in registers. nullptr: there
// is none.
VerifiedDecision* LastOf(std::vector<VerifiedDecision>& decisions,
                         std::optional<int> required) {
  const auto last = std::find_if(decisions.rbegin(), decisions.rend(),
                                 [&](const VerifiedDecision& decision) {
                                   return required.has_value()
                                              ? decision.pcr == required
                                              : decision.pcr.has_value();
                                 });
  if (last != decisions.rend()) return &*last;
  const bool none = decisions.empty() || required.has_value();
  return none ? nullptr : &decisions.back();
}

// What else was measured into `pcr`, among which a decision may be hidden.
void LookForHidden(const std::vector<UserspaceEvent>& events, PcrBank bank,
                   const EventLog* firmware, int pcr,
                   Verification& verification) {
  for (const UserspaceEvent& event : events) {
    if (event.pcr != pcr || IsOfText(event, bank) ||
        ParseMeasuredText(event.text).has_value()) {
      continue;
    }
    const bool secret =
        pcr == kSystemIdentityPcr && absl::StartsWith(event.text, kOfVolumeKey);
    verification.differs |= !secret;
    verification.remarks.push_back(absl::StrCat(
        "`", event.text, "` in register ", pcr, " is not of its text",
        secret ? ", as systemd measures secrets" : "",
        ": a decision could be hidden there"));
  }
  if (firmware == nullptr) return;
  std::vector<std::string> words;
  for (const LoggedEvent& event : firmware->events) {
    if (static_cast<int>(event.pcr) != pcr || event.type == kNoAction) continue;
    words.push_back(absl::StrCat("`", EventText(event), "`"));
  }
  if (words.empty()) return;
  verification.remarks.push_back(absl::StrCat(
      "the firmware's log has ", absl::StrJoin(words, ", "), " in register ",
      pcr, ": nobody vouches that none of them is a decision"));
}

// Marks the last one, where that is of `report`; else says why not, "" where
// nobody can know.
std::string FindKept(const DecisionEvidence& evidence,
                     std::vector<VerifiedDecision>& decisions) {
  VerifiedDecision* const last = LastOf(decisions, evidence.required);
  const std::optional<std::string>& report = evidence.report;
  if (last == nullptr || last->standing == DecisionStanding::kNotOfText ||
      !report.has_value()) {
    return "";
  }
  const std::string digest =
      absl::BytesToHexString(DigestIn(PcrBank::kSha256, *report));
  if (digest == last->decision.report_sha256) {
    last->standing = DecisionStanding::kKept;
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
  const std::set<int> registers = DecisionRegisters(evidence.events);
  if (evidence.required.has_value() &&
      registers.count(*evidence.required) == 0) {
    verification.differs = true;
    verification.remarks.push_back(
        absl::StrCat("no decision of extgate was measured into register ",
                     *evidence.required));
  }
  if (std::string why = FindKept(evidence, decisions); !why.empty()) {
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
  for (const int pcr : registers) {
    LookForHidden(evidence.events, bank, firmware, pcr, verification);
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
