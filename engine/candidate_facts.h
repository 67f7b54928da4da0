// What is known of a candidate that nobody has read.
#ifndef EXTGATE_ENGINE_CANDIDATE_FACTS_H_
#define EXTGATE_ENGINE_CANDIDATE_FACTS_H_

#include <string>

#include "absl/status/status.h"
#include "engine/image/inspect.h"
#include "engine/ports.h"
#include "policy/facts.h"

namespace extgate {

// What the candidate is called once staged: its file name without `.raw` and
// class suffix. "" when systemd would take nothing of that name.
std::string NameOf(const Candidate& candidate);

// What is known before it is opened: file name, name and class.
ImageFacts NamedFacts(const Candidate& candidate);

// Facts of a candidate that could not be opened or read.
ImageFacts UnreadableFacts(const Candidate& candidate,
                           const absl::Status& status);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_CANDIDATE_FACTS_H_
