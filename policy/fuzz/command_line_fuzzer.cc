// A kernel command line: read alike twice, and the words that counted, written
// plainly, say the same again.
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "fuzz/fuzz.h"
#include "policy/command_line.h"
#include "policy/printable.h"

namespace extgate {
namespace {

// One that quotes can be put around.
bool HasPlainPath(const CommandLine& line) {
  return line.policy_path.has_value() &&
         !absl::StrContains(line.policy_path->value, '"');
}

std::string Plain(const CommandLine& line) {
  std::string text = "quiet";
  if (line.policy.mode) {
    absl::StrAppend(&text, " extgate.mode=", ToWord(line.policy.mode->value));
  }
  if (line.policy.mode_floor) {
    absl::StrAppend(
        &text, " extgate.mode_floor=", ToWord(line.policy.mode_floor->value));
  }
  if (HasPlainPath(line)) {
    absl::StrAppend(&text, " extgate.policy=\"", line.policy_path->value, "\"");
  }
  if (line.policy_required) absl::StrAppend(&text, " extgate.policy_required");
  return text;
}

bool Same(const CommandLine& a, const CommandLine& b) {
  if (HasPlainPath(a) && !(a.policy_path == b.policy_path)) return false;
  return a.policy == b.policy && a.policy_required == b.policy_required;
}

void Check(absl::string_view text) {
  const auto line = ReadCommandLine(text);
  const auto twice = ReadCommandLine(text);
  Require(Same(line.value, twice.value), "read alike twice");
  Require(line.diagnostics == twice.diagnostics, "said alike twice");
  const auto plain = ReadCommandLine(Plain(line.value));
  Require(Same(line.value, plain.value), "written plainly it says the same");
  Require(plain.diagnostics.empty(), "written plainly nothing is wrong");
  for (const Diagnostic& diagnostic : line.diagnostics) {
    Require(PrintableText(diagnostic.message) == diagnostic.message,
            "messages can be shown");
  }
  // Words of others change nothing.
  const auto more = ReadCommandLine(absl::StrCat("root=/dev/sda1 ", text));
  Require(Same(line.value, more.value), "others' words change nothing");
}

}  // namespace
}  // namespace extgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  extgate::FuzzInput input(data, size);
  extgate::Check(input.RestText());
  return 0;
}
