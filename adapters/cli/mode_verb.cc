// extgate mode: the running mode, shown and set.
#include <cstdio>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "adapters/cli/machine.h"
#include "adapters/cli/print_report.h"
#include "adapters/cli/verbs.h"
#include "adapters/policy_files.h"
#include "engine/last_seen.h"
#include "engine/mode_answer.h"
#include "engine/policy_loader.h"
#include "policy/printable.h"
#include "policy/running_mode.h"

namespace extgate {
namespace {

// "enforcing  /oem/90.yaml, line 3".
void PrintLine(const char* what, const ModeOrigin& origin) {
  std::printf("%-6s %-11s %s\n", what, origin.mode.c_str(),
              PrintableText(origin.set_by).c_str());
}

int Show(const GlobalOptions& global, const Ports& ports) {
  const LoadedPolicy loaded = LoadPolicy(ports);
  const ModeAnswer answer = AnswerMode(loaded, ports);
  if (global.format == Format::kJson) {
    std::fputs(ModeAnswerToJson(answer).c_str(), stdout);
    return kExitDone;
  }
  PrintLine("mode", answer.mode);
  PrintLine("floor", answer.floor);
  if (!answer.until.empty()) std::printf("until  %s\n", answer.until.c_str());
  for (const Diagnostic& diagnostic : loaded.diagnostics) {
    if (diagnostic.code == DiagnosticCode::kRunningMode) {
      PrintDiagnostics({diagnostic});
    }
  }
  return kExitDone;
}

int Refused(const std::string& why) {
  std::fprintf(stderr, "extgate: mode: %s\n", why.c_str());
  return kExitUsage;
}

// What to write; an exit status where it is refused.
std::optional<int> Set(const ModeOptions& options, const Ports& ports,
                       const Places& places) {
  RunningMode running{*options.mode, std::nullopt, ""};
  if (!options.until.empty()) {
    const auto until = EndOfRunningMode(options.until, DateNow(ports));
    if (!until.ok()) {
      return Refused(absl::StrCat("--until: ", until.status().message()));
    }
    running.until = *until;
  }
  running.boot_id = ports.host.BootId();
  const std::string why_not = WhyNotCounted(running, ports);
  if (!why_not.empty()) return Refused(why_not);
  const absl::Status written = WriteRunningMode(places, running);
  if (!written.ok()) return Failed("mode", written);
  return std::nullopt;
}

}  // namespace

int ModeVerb(const GlobalOptions& global, const ModeOptions& options) {
  if (!options.until.empty() && !options.mode.has_value()) {
    return Refused("--until wants a mode");
  }
  if (options.reset && options.mode.has_value()) {
    return Refused("--reset takes the running mode away, and wants none");
  }
  auto machine = Machine::Open(global.places, {});
  if (!machine.ok()) return Failed("mode", machine.status());
  const Ports ports = (*machine)->ports();
  if (options.reset) {
    const absl::Status gone =
        WriteRunningMode((*machine)->places(), std::nullopt);
    if (!gone.ok()) return Failed("mode", gone);
  }
  if (options.mode.has_value()) {
    const auto refused = Set(options, ports, (*machine)->places());
    if (refused.has_value()) return *refused;
  }
  const int shown = Show(global, ports);
  if ((options.reset || options.mode.has_value()) &&
      global.format == Format::kTable) {
    std::puts("It counts from the next apply or merge on.");
  }
  return shown;
}

}  // namespace extgate
