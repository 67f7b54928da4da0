// Explanations to JSON. Way in: ExplanationToJson.
#include "engine/message_json.h"
#include "engine/remedy/explanation.h"
#include "engine/report_message.h"
#include "policy/printable.h"
#include "proto/report.pb.h"

namespace extgate {
namespace {

v1::Change Encode(const Edit& edit) {
  v1::Change out;
  out.set_kind(ToWord(edit.kind));
  out.set_what(PrintableText(edit.what));
  out.set_warning(PrintableText(edit.warning));
  out.set_assumed(PrintableText(edit.assumed));
  for (const std::string& line : edit.commands) {
    out.add_commands(PrintableText(line));
  }
  if (edit.rule.has_value()) {
    out.set_path(PrintableText(edit.rule->span.path));
    out.set_line(edit.rule->span.line);
    out.set_column(edit.rule->span.column);
    out.set_rule(PrintableText(edit.rule->id));
  }
  if (edit.signer.has_value() && edit.signer->sha256.has_value()) {
    out.set_signer(edit.signer->sha256->hex());
  }
  return out;
}

void EncodeInto(const Remedies& remedies, v1::Remedies& out) {
  for (const Offer& offer : remedies.offers) {
    v1::Offer* one = out.add_offers();
    for (const Edit& edit : offer.edits) *one->add_changes() = Encode(edit);
    if (!offer.added.text.empty()) {
      one->set_path(PrintableText(offer.added.path));
      one->set_authority(ToWord(offer.added.authority));
      one->set_policy(offer.added.text);
    }
    for (const std::string& line : offer.rebuild) {
      one->add_rebuild(PrintableText(line));
    }
  }
  for (const Advice& advice : remedies.advice) {
    v1::Finding* finding = out.add_advice();
    finding->set_code(ToWord(advice.code));
    finding->set_detail(PrintableText(advice.text));
  }
  out.set_trouble(PrintableText(remedies.trouble));
}

}  // namespace

std::string ExplanationToJson(const Explanation& explanation) {
  v1::Explanation out;
  if (explanation.last.has_value()) {
    ReportToMessage(*explanation.last, *out.mutable_last());
  }
  ReportToMessage(explanation.now, *out.mutable_now());
  for (const Remedies& remedies : explanation.remedies) {
    EncodeInto(remedies, *out.add_remedies());
  }
  return MessageToJson(out, JsonLayout::kIndented);
}

}  // namespace extgate
