// ImageFacts to JSON as proto/facts.proto has it: what `inspect --json` prints
// and what a fleet may keep instead of images.
#ifndef EXTGATE_ENGINE_FACTS_CODEC_H_
#define EXTGATE_ENGINE_FACTS_CODEC_H_

#include <string>

#include "policy/facts.h"
#include "policy/signature_standing.h"

namespace extgate {

// One line of JSON without newline at its end.
std::string FactsToJson(const ImageFacts& facts,
                        const SignatureStanding& standing);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_FACTS_CODEC_H_
