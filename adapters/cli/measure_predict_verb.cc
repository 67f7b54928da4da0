// extgate measure predict: what the TPM holds once an entry was started.
#include <algorithm>
#include <cstdio>
#include <utility>

#include "adapters/cli/install_text.h"
#include "adapters/cli/machine.h"
#include "adapters/cli/measure.h"
#include "adapters/cli/measure_text.h"
#include "adapters/cli/policy_in_force.h"
#include "adapters/entry_plan.h"
#include "engine/crypto/libcrypto.h"
#include "engine/pcr/entry_predictions.h"
#include "engine/pcr/prediction.h"

namespace extgate {
namespace {

constexpr char kVerb[] = "measure predict";

absl::StatusOr<Prediction> Predict(const MeasuredSetOptions& options,
                                   absl::Span<const PcrBank> banks) {
  const auto set = MeasuredSet::Open(options);
  if (!set.ok()) return set.status();
  return PredictStub((*set)->inputs(), banks);
}

int Print(const GlobalOptions& global, const PredictOptions& options,
          const Prediction& prediction) {
  std::fputs((options.pcrlock ? PredictionToPcrlock(prediction)
              : global.format == Format::kJson
                  ? PredictionToJson(prediction)
                  : PredictionText(prediction, ColourOf(stdout)))
                 .c_str(),
             stdout);
  return kExitDone;
}

int StatusOf(const EntryPredictions& predictions) {
  const bool failed = std::any_of(
      predictions.entries.begin(), predictions.entries.end(),
      [](const EntryPrediction& entry) { return !entry.why.empty(); });
  return failed ? kExitFailed : ExitStatusOf(predictions.installation);
}

// Of each entry, once the images were installed.
int PredictInstalled(const GlobalOptions& global, const PredictOptions& options,
                     absl::Span<const PcrBank> banks) {
  const absl::Status loaded = LoadLibcrypto();
  if (!loaded.ok()) return Failed(kVerb, loaded);
  const auto policy = LoadPolicyInForce(global, options.policies);
  if (!policy.ok()) return Failed(kVerb, policy.status());
  if (policy->loaded.invalid) return kExitUsage;
  auto plan =
      PlanEntries(options.set, policy->machine->places(),
                  policy->machine->ports(), policy->host, policy->loaded);
  if (!plan.ok()) return Failed(kVerb, plan.status());
  if (options.pcrlock && plan->entries.size() != 1) {
    return Failed(kVerb, absl::InvalidArgumentError(
                             "a component is of one entry: name it by "
                             "--entry"));
  }
  EntryPredictions predictions;
  predictions.installation = std::move(plan->installation);
  predictions.remarks = std::move(plan->remarks);
  for (const PlannedEntry& entry : plan->entries) {
    auto prediction = Predict(entry.set, banks);
    EntryPrediction predicted{entry.id, entry.word, {}, ""};
    if (prediction.ok()) {
      predicted.prediction = *std::move(prediction);
    } else {
      predicted.why = std::string(prediction.status().message());
    }
    predictions.entries.push_back(std::move(predicted));
  }
  const EntryPrediction& first = predictions.entries.front();
  if (options.pcrlock && first.prediction.has_value()) {
    Print(global, options, *first.prediction);
  } else {
    std::fputs(
        global.format == Format::kJson
            ? EntryPredictionsToJson(predictions).c_str()
            : EntryPredictionsText(predictions, ColourOf(stdout)).c_str(),
        stdout);
  }
  return StatusOf(predictions);
}

}  // namespace

int MeasurePredictVerb(const GlobalOptions& global,
                       const PredictOptions& options) {
  std::vector<PcrBank> banks = options.banks;
  if (banks.empty()) {
    for (const auto& [bank, word] : Words<PcrBank>::kTable) {
      banks.push_back(bank);
    }
  }
  if (options.install) return PredictInstalled(global, options, banks);
  const auto prediction = Predict(options.set, banks);
  if (!prediction.ok()) return Failed(kVerb, prediction.status());
  return Print(global, options, *prediction);
}

}  // namespace extgate
