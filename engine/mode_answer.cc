// Way in: AnswerMode.
#include "engine/mode_answer.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "engine/message_json.h"
#include "policy/printable.h"
#include "policy/running_mode.h"
#include "proto/policy_verbs.pb.h"

namespace extgate {
namespace {

std::string PlaceOf(const std::optional<Located<Mode>>& said) {
  if (!said.has_value()) return "built-in default";
  const SourceSpan& span = said->span;
  if (span.line <= 0 || span.path == kRunningModePath) return span.path;
  return absl::StrCat(span.path, ":", span.line);
}

}  // namespace

ModeAnswer AnswerMode(const LoadedPolicy& loaded, const Ports& ports) {
  ModeAnswer answer;
  answer.mode = {ToWord(loaded.policy.mode), PlaceOf(loaded.written.mode)};
  answer.floor.mode = "none";
  if (loaded.policy.floor.has_value()) {
    answer.floor = {ToWord(*loaded.policy.floor),
                    PlaceOf(loaded.written.mode_floor)};
    // Whatever the sources ask for, it is the floor that counts.
    if (loaded.written.mode.has_value() &&
        loaded.written.mode->value != loaded.policy.mode) {
      answer.mode.set_by = answer.floor.set_by;
    }
  }
  if (answer.mode.set_by != kRunningModePath) return answer;
  const auto text = ports.policy.RunningModeText();
  if (!text.ok()) return answer;
  const auto running = RunningModeFromText(*text);
  if (running.ok() && running->until.has_value()) {
    answer.until = running->until->ToString();
  }
  return answer;
}

std::string ModeAnswerToJson(const ModeAnswer& answer) {
  v1::ModeAnswer out;
  out.set_mode(answer.mode.mode);
  out.set_set_by(PrintableText(answer.mode.set_by));
  out.set_until(answer.until);
  out.set_floor(answer.floor.mode);
  out.set_floor_set_by(PrintableText(answer.floor.set_by));
  return MessageToJson(out, JsonLayout::kIndented);
}

}  // namespace extgate
