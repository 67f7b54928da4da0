// What the TPM holds in a boot of each entry, once images were installed.
#ifndef EXTGATE_ENGINE_PCR_ENTRY_PREDICTIONS_H_
#define EXTGATE_ENGINE_PCR_ENTRY_PREDICTIONS_H_

#include <optional>
#include <string>
#include <vector>

#include "engine/install/installation.h"
#include "engine/pcr/prediction.h"

namespace extgate {

struct EntryPrediction {
  std::string id;    // of the boot entry; "" where no partition is known
  std::string word;  // what policies call it; "" is no name
  std::optional<Prediction> prediction;
  std::string why;  // where there is none
};

struct EntryPredictions {
  std::vector<EntryPrediction> entries;
  Installation installation;  // of the images, as a dry run has it
  std::vector<std::string> remarks;
};

// One object, two spaces deep, ending in a newline (proto/measure.proto).
std::string EntryPredictionsToJson(const EntryPredictions& predictions);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_PCR_ENTRY_PREDICTIONS_H_
