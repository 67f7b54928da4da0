// Predictions as messages, for those that put them into a message of their own.
#ifndef EXTGATE_ENGINE_PCR_PREDICTION_MESSAGE_H_
#define EXTGATE_ENGINE_PCR_PREDICTION_MESSAGE_H_

#include "engine/pcr/prediction.h"
#include "proto/measure.pb.h"

namespace extgate {

// Fills `message`, which is to be empty, with what PredictionToJson prints.
void PredictionToMessage(const Prediction& prediction, v1::Prediction& message);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_PCR_PREDICTION_MESSAGE_H_
