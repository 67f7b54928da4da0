// Ways in: PredictionText, EntryPredictionsText and VerificationText.
#include "adapters/cli/measure_text.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "adapters/cli/install_text.h"
#include "policy/printable.h"

namespace extgate {

std::string PredictionText(const Prediction& prediction, Colour colour) {
  std::string text;
  if (!prediction.events.empty()) {
    Table events({"PCR", "EVENT", "FILES"});
    for (const MeasuredEvent& event : prediction.events) {
      events.Add({{absl::StrCat(event.pcr)},
                  {PrintableText(event.description)},
                  {PrintableText(absl::StrJoin(event.files, ", "))}});
    }
    absl::StrAppend(&text, events.Render(colour), "\n");
  }
  Table registers({"PCR", "BANK", "VALUE"});
  for (const auto& [pcr, banks] : prediction.pcrs) {
    for (const auto& [bank, value] : banks) {
      const Tone tone = value == InitialPcr(bank) ? Tone::kFaint : Tone::kPlain;
      registers.Add({{absl::StrCat(pcr)},
                     {ToWord(bank)},
                     {absl::BytesToHexString(value), tone}});
    }
  }
  absl::StrAppend(&text, registers.Render(colour));
  for (const auto& [pcr, parts] : prediction.missing) {
    for (const std::string& part : parts) {
      absl::StrAppend(&text, "PCR ", pcr, " is not predicted: not given is ",
                      PrintableText(part), "\n");
    }
  }
  for (const std::string& remark : prediction.remarks) {
    absl::StrAppend(&text, PrintableText(remark), "\n");
  }
  return text;
}

std::string EntryPredictionsText(const EntryPredictions& predictions,
                                 Colour colour) {
  std::string text = InstallationText(predictions.installation, colour);
  for (const std::string& remark : predictions.remarks) {
    absl::StrAppend(&text, PrintableText(remark), "\n");
  }
  for (const EntryPrediction& entry : predictions.entries) {
    absl::StrAppend(&text, "\n",
                    PrintableText(entry.id.empty() ? entry.word : entry.id),
                    ":\n");
    if (entry.prediction.has_value()) {
      absl::StrAppend(&text, PredictionText(*entry.prediction, colour));
    } else {
      absl::StrAppend(&text, "not predicted: ", PrintableText(entry.why), "\n");
    }
  }
  return text;
}

std::string VerificationText(const Verification& verification, Colour colour) {
  std::string text;
  if (!verification.events.empty()) {
    Table events({"PCR", "STANDING", "EVENT", "FILES"});
    for (const VerifiedEvent& event : verification.events) {
      const Tone tone = event.standing == EventStanding::kAsPredicted
                            ? Tone::kGood
                            : Tone::kBad;
      events.Add({{absl::StrCat(event.pcr)},
                  {ToWord(event.standing), tone},
                  {PrintableText(event.description)},
                  {PrintableText(absl::StrJoin(event.files, ", "))}});
    }
    absl::StrAppend(&text, events.Render(colour), "\n");
  }
  Table registers({"PCR", "BANK", "HOLDS", "PREDICTED"});
  for (const VerifiedRegister& compared : verification.registers) {
    const bool same = compared.held == compared.predicted;
    registers.Add(
        {{absl::StrCat(compared.pcr)},
         {ToWord(compared.bank)},
         {compared.held.empty() ? "unknown"
                                : absl::BytesToHexString(compared.held),
          same ? Tone::kGood : Tone::kBad},
         {same ? "the same" : absl::BytesToHexString(compared.predicted)}});
  }
  absl::StrAppend(&text, registers.Render(colour));
  if (!verification.decisions.empty()) {
    Table decisions({"INTO", "STANDING", "MODE", "OUTCOME", "POLICY"});
    for (const VerifiedDecision& decision : verification.decisions) {
      const Tone tone = decision.standing == DecisionStanding::kNotOfText
                            ? Tone::kBad
                            : Tone::kGood;
      decisions.Add(
          {{decision.pcr.has_value() ? absl::StrCat("PCR ", *decision.pcr)
                                     : PrintableText(decision.nvpcr)},
           {ToWord(decision.standing), tone},
           {decision.decision.mode},
           {decision.decision.outcome},
           {decision.decision.policy_sha256}});
    }
    absl::StrAppend(&text, "\n", decisions.Render(colour));
  }
  for (const std::string& remark : verification.remarks) {
    absl::StrAppend(&text, PrintableText(remark), "\n");
  }
  return text;
}

}  // namespace extgate
