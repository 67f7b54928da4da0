// Way in: EntryPredictionsToJson.
#include "engine/pcr/entry_predictions.h"

#include "engine/install/installation_message.h"
#include "engine/message_json.h"
#include "engine/pcr/prediction_message.h"
#include "policy/printable.h"

namespace extgate {

std::string EntryPredictionsToJson(const EntryPredictions& predictions) {
  v1::EntryPredictions out;
  for (const EntryPrediction& entry : predictions.entries) {
    v1::EntryPrediction* const predicted = out.add_entries();
    predicted->set_id(PrintableText(entry.id));
    predicted->set_entry(PrintableText(entry.word));
    if (entry.prediction.has_value()) {
      PredictionToMessage(*entry.prediction, *predicted->mutable_prediction());
    }
    predicted->set_why(PrintableText(entry.why));
  }
  InstallationToMessage(predictions.installation, *out.mutable_installation());
  for (const std::string& remark : predictions.remarks) {
    out.add_remarks(PrintableText(remark));
  }
  return MessageToJson(out, JsonLayout::kIndented);
}

}  // namespace extgate
