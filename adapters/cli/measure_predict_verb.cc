// extgate measure predict: what the TPM holds once an entry was started.
#include <cstdio>

#include "adapters/cli/machine.h"
#include "adapters/cli/measure.h"
#include "adapters/cli/measure_text.h"
#include "engine/pcr/prediction.h"

namespace extgate {

int MeasurePredictVerb(const GlobalOptions& global,
                       const PredictOptions& options) {
  const auto set = MeasuredSet::Open(options.set);
  if (!set.ok()) return Failed("measure predict", set.status());
  std::vector<PcrBank> banks = options.banks;
  if (banks.empty()) {
    for (const auto& [bank, word] : Words<PcrBank>::kTable) {
      banks.push_back(bank);
    }
  }
  const auto prediction = PredictStub((*set)->inputs(), banks);
  if (!prediction.ok()) return Failed("measure predict", prediction.status());
  if (options.pcrlock) {
    std::fputs(PredictionToPcrlock(*prediction).c_str(), stdout);
    return kExitDone;
  }
  std::fputs(global.format == Format::kJson
                 ? PredictionToJson(*prediction).c_str()
                 : PredictionText(*prediction, ColourOf(stdout)).c_str(),
             stdout);
  return kExitDone;
}

}  // namespace extgate
