// Suggestions to JSON. Way in: SuggestionsToJson.
#include "engine/message_json.h"
#include "engine/remedy/suggestion.h"
#include "policy/printable.h"
#include "proto/policy_verbs.pb.h"

namespace extgate {

std::string SuggestionsToJson(const Suggestions& suggestions) {
  v1::Suggestions out;
  if (!suggestions.rules.empty()) {
    out.set_path(PrintableText(suggestions.added.path));
    out.set_authority(ToWord(suggestions.added.authority));
    out.set_policy(suggestions.added.text);
  }
  for (const SuggestedRule& rule : suggestions.rules) {
    v1::SuggestedRule* const to = out.add_rules();
    to->set_path(PrintableText(rule.path));
    to->set_rule(PrintableText(rule.id));
    to->set_allows(PrintableText(rule.allows));
  }
  for (const LeftDenied& left : suggestions.left) {
    v1::LeftDenied* const to = out.add_left();
    to->set_path(PrintableText(left.path));
    to->set_why(PrintableText(left.why));
  }
  return MessageToJson(out, JsonLayout::kIndented);
}

}  // namespace extgate
