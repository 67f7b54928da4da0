// Way in: AnswerMode.
#include "engine/mode_answer.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/message_json.h"
#include "engine/policy_view.h"
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

// The machine's policy, with another running mode.
class WithRunningMode : public PolicyView {
 public:
  WithRunningMode(PolicyPort& policy, std::string text)
      : PolicyView(policy), text_(std::move(text)) {}

  absl::StatusOr<std::string> RunningModeText() override { return text_; }

 private:
  const std::string text_;
};

}  // namespace

std::string WhyNotCounted(const RunningMode& running, const Ports& ports) {
  WithRunningMode policy(ports.policy, RunningModeToText(running));
  const Ports with{policy,        ports.firmware,    ports.host, ports.images,
                   ports.staging, ports.confinement, ports.state};
  const LoadedPolicy loaded = LoadPolicy(with);
  if (loaded.policy.mode == running.mode) return "";
  const char* const word = ToWord(running.mode);
  for (const Diagnostic& diagnostic : loaded.diagnostics) {
    if (diagnostic.code == DiagnosticCode::kPolicyRequired) {
      return absl::StrCat("not-authorised: `", word,
                          "` would count for nothing: ", diagnostic.message);
    }
  }
  const ModeAnswer answer = AnswerMode(loaded, with);
  return absl::StrCat("not-authorised: `", word, "` is looser than what `",
                      PrintableText(answer.mode.set_by),
                      "` says, and the floor `", answer.floor.mode, "` of ",
                      PrintableText(answer.floor.set_by),
                      " lets what is local only tighten");
}

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
