// Ways in: the functions of the header.
#include "engine/image_policy_codec.h"

#include "absl/strings/str_cat.h"
#include "engine/message_json.h"
#include "policy/printable.h"
#include "proto/image_policy.pb.h"

namespace extgate {
namespace {

void Fill(const ImageWitness& witness, v1::ImageWitness* out) {
  out->set_image(witness.image);
  out->set_systemd(ToString(witness.versions));
  out->set_first(ToWord(witness.first));
  out->set_second(ToWord(witness.second));
}

}  // namespace

std::string ExplanationToJson(const ImagePolicyExplanation& explanation) {
  v1::ImagePolicyExplanation out;
  out.set_image_policy(PrintableText(explanation.image_policy));
  out.set_normalised(explanation.normalised);
  for (const RuleInForce& rule : explanation.rules) {
    v1::RuleInForce* const to = out.add_rules();
    to->set_designator(rule.designator);
    to->set_use(rule.use);
    to->set_read_only(rule.read_only);
    to->set_growfs(rule.growfs);
    to->set_filesystem(rule.filesystem);
  }
  for (const AcceptedState& state : explanation.states) {
    v1::AcceptedState* const to = out.add_states();
    to->set_partition(state.partition);
    to->set_state(state.state);
    for (size_t i = 0; i < state.fates.size(); ++i) {
      v1::FateByVersion* const fate = to->add_fates();
      fate->set_systemd(ToString(explanation.versions[i]));
      fate->set_fate(ToWord(state.fates[i]));
    }
  }
  for (const std::string& note : explanation.notes) {
    out.add_notes(PrintableText(note));
  }
  return MessageToJson(out, JsonLayout::kIndented);
}

std::string RelationToJson(const ImagePolicyRelation& relation) {
  v1::ImagePolicyRelation out;
  out.set_relation(ToWord(relation.relation));
  if (relation.looser) Fill(*relation.looser, out.mutable_looser());
  if (relation.stricter) Fill(*relation.stricter, out.mutable_stricter());
  return MessageToJson(out, JsonLayout::kIndented);
}

std::string NormalisedToJson(absl::string_view text,
                             absl::string_view normalised) {
  v1::NormalisedImagePolicy out;
  out.set_image_policy(PrintableText(text));
  out.set_normalised(std::string(normalised));
  return MessageToJson(out, JsonLayout::kIndented);
}

std::string CompilationToJson(const Compilation& compilation) {
  v1::Compilation out;
  for (const CompiledHandOver& compiled : compilation.hand_overs) {
    v1::CompiledHandOver* const to = out.add_hand_overs();
    to->set_systemd(ToString(compiled.versions));
    to->set_class_(ToWord(compiled.image_class));
    to->set_image_policy(compiled.hand_over.image_policy);
    for (const std::string& variable : compiled.hand_over.environment) {
      to->add_environment(variable);
    }
    to->add_command(absl::StrCat("systemd-", ToWord(compiled.image_class)));
    for (const std::string& word : RefreshArguments(compiled.hand_over)) {
      to->add_command(word);
    }
    for (const CompiledImage& staged : compiled.staged) {
      v1::StagedImage* const image = to->add_staged();
      image->set_name(PrintableText(staged.name));
      image->set_runtime_enforcement(ToWord(staged.enforcement));
    }
    for (const HandOverPart& part : compiled.parts) {
      v1::HandOverPart* const of = to->add_parts();
      of->set_part(part.part);
      of->set_why(PrintableText(part.why));
    }
  }
  for (const WithheldName& withheld : compilation.withheld) {
    v1::WithheldImage* const to = out.add_withheld();
    to->set_systemd(ToString(withheld.versions));
    to->set_name(PrintableText(withheld.name));
    to->set_path(PrintableText(withheld.path));
    to->set_verdict(ToWord(withheld.verdict));
    to->set_why(PrintableText(withheld.why));
  }
  return MessageToJson(out, JsonLayout::kIndented);
}

}  // namespace extgate
