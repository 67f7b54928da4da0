// Rules that would allow what a report says was denied, as audit2allow(1) makes
// them from a log: without the images.
#ifndef EXTGATE_ENGINE_REMEDY_SUGGESTION_H_
#define EXTGATE_ENGINE_REMEDY_SUGGESTION_H_

#include <string>
#include <vector>

#include "engine/ports.h"
#include "engine/remedy/policy_trial.h"
#include "engine/report.h"
#include "policy/diagnostic.h"

namespace extgate {

// An image that a rule is suggested for.
struct SuggestedRule {
  std::string path;    // of the image, in the report
  std::string id;      // of the rule
  std::string allows;  // "by root_hash 18a8…, whoever signed it"
};

// One that stays denied.
struct LeftDenied {
  std::string path;
  std::string why;
};

struct Suggestions {
  // A policy file of all suggested rules, and where it counts; without text
  // none is suggested. authority above kLocal: under the floor a local file
  // would not be listened to.
  NewSource added;
  std::vector<SuggestedRule> rules;
  std::vector<LeftDenied> left;  // denied or worse, without a rule
};

// For each image that `report` says is denied, a rule that allows one content
// of one class: by root_hash, where that is of all that would be merged, else
// by the digest of the file, with the tightest image policy that admits it.
// Never a rule over a revocation, a deny rule, or an image whose bytes, names
// or files are what is wrong: those have LeftDenied.
//
// Each is tried before it is given: the image as far as the report describes it
// has to be denied for the reported reasons by the policy of `ports`, and
// allowed with the file. What a report does not say is taken to be right, and
// the host to be one that the image is for. nullopt, with what is wrong, when a
// source of policy has errors.
WithDiagnostics<std::optional<Suggestions>> SuggestRules(const Report& report,
                                                         const Ports& ports);

// Message Suggestions of proto/policy_verbs.proto.
std::string SuggestionsToJson(const Suggestions& suggestions);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_REMEDY_SUGGESTION_H_
