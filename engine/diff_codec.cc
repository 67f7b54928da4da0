// One way in: DiffToJson.
#include "engine/diff_codec.h"

#include "engine/facts_codec.h"
#include "engine/message_json.h"
#include "policy/printable.h"
#include "proto/policy_verbs.pb.h"

namespace extgate {
namespace {

// The facts, with how the signature stands: by the codec that facts have.
v1::Facts FactsOf(const DiffWitness& witness,
                  const SignatureStanding& standing) {
  v1::Facts facts;
  const absl::Status status = ParseMessage(
      FactsToJson(witness.image, standing, witness.overlap), "facts", facts);
  if (!status.ok()) facts.set_unreadable(std::string(status.message()));
  return facts;
}

void Encode(const DiffWitness& witness, const Decision& decision,
            const SignatureStanding& standing, v1::SeenByPolicy& out) {
  out.set_verdict(ToWord(decision.verdict));
  out.set_acting_verdict(ToWord(ActingVerdict(decision)));
  out.set_rule(PrintableText(decision.rule));
  for (const Reason& reason : decision.reasons) {
    v1::Finding* const to = out.add_reasons();
    to->set_code(ToWord(reason.code));
    to->set_detail(reason.detail);
  }
  *out.mutable_standing() = FactsOf(witness, standing).standing();
}

void Encode(const DiffWitness& witness, v1::DifferenceWitness& out) {
  *out.mutable_facts() = FactsOf(witness, witness.before);
  out.mutable_facts()->clear_standing();
  out.set_entry(PrintableText(witness.host.entry));
  if (witness.host.architecture.has_value()) {
    out.set_architecture(ToWord(*witness.host.architecture));
  }
  out.set_systemd(witness.host.systemd_version);
  out.set_date(witness.host.date.ToString());
  Encode(witness, witness.old_decision, witness.before, *out.mutable_before());
  Encode(witness, witness.new_decision, witness.after, *out.mutable_after());
}

}  // namespace

std::string DiffToJson(const PolicyDiff& diff) {
  v1::PolicyDifference out;
  out.set_relation(ToWord(diff.relation));
  for (const KeyChange& change : diff.keys) {
    v1::KeyDifference* const to = out.add_keys();
    to->set_key(PrintableText(change.key));
    to->set_relation(ToWord(change.relation));
    to->set_before(PrintableText(change.before));
    to->set_after(PrintableText(change.after));
  }
  if (diff.looser) Encode(*diff.looser, *out.mutable_looser());
  if (diff.stricter) Encode(*diff.stricter, *out.mutable_stricter());
  for (const std::string& text : diff.undecided) {
    out.add_undecided(PrintableText(text));
  }
  return MessageToJson(out, JsonLayout::kIndented);
}

}  // namespace extgate
