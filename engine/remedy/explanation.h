// Why images are decided as they are, and what would turn it: all that
// `explain` says of them, as a value.
#ifndef EXTGATE_ENGINE_REMEDY_EXPLANATION_H_
#define EXTGATE_ENGINE_REMEDY_EXPLANATION_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/ports.h"
#include "engine/remedy/remedies.h"
#include "engine/report.h"

namespace extgate {

struct Explanation {
  // What the last apply decided, about these images alone; nullopt when it
  // knows none of them.
  std::optional<Report> last;
  // The decision anew, as `check` makes it but after a look at every block.
  Report now;
  std::vector<Remedies> remedies;  // one an image of `now`
};

// Looks at `candidates` of `images` and decides about them by the policy in
// force, acting on nothing. nullopt, with what is wrong, when a source of
// policy has errors. Explanation::last is the caller's to fill.
WithDiagnostics<std::optional<Explanation>> Explain(
    const Ports& ports, const std::vector<Candidate>& candidates,
    ImagePort& images);

// What `subject`, a name or a path, means: the images of `last` that are so
// called, where they lay, else what is found in the places now. Empty: nothing.
std::vector<Candidate> CandidatesCalled(absl::string_view subject,
                                        const Report* last, const Ports& ports);

// JSON as message Explanation of proto/report.proto has it, indented, ending in
// a newline.
std::string ExplanationToJson(const Explanation& explanation);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_REMEDY_EXPLANATION_H_
