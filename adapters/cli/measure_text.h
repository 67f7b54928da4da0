// Measurements as a person reads them.
#ifndef EXTGATE_ADAPTERS_CLI_MEASURE_TEXT_H_
#define EXTGATE_ADAPTERS_CLI_MEASURE_TEXT_H_

#include <string>

#include "adapters/cli/table.h"
#include "engine/pcr/entry_predictions.h"
#include "engine/pcr/prediction.h"
#include "engine/pcr/verification.h"

namespace extgate {

// A row an event, a row a register and bank, then what is missing and what was
// passed over.
std::string PredictionText(const Prediction& prediction, Colour colour);

// The images and where they go, then each entry with what PredictionText says.
std::string EntryPredictionsText(const EntryPredictions& predictions,
                                 Colour colour);

// A row an event, a row a register, then what could not be told.
std::string VerificationText(const Verification& verification, Colour colour);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_CLI_MEASURE_TEXT_H_
