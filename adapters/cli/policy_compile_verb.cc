// extgate policy image-policy compile: what systemd would be told about images,
// and why, without acting.
#include <cstdio>
#include <string>
#include <utility>

#include "absl/strings/str_join.h"
#include "adapters/cli/machine.h"
#include "adapters/cli/print_report.h"
#include "adapters/cli/table.h"
#include "adapters/cli/verbs.h"
#include "adapters/given_images.h"
#include "engine/compilation.h"
#include "engine/image_policy_codec.h"
#include "engine/last_seen.h"
#include "engine/pipeline.h"
#include "policy/printable.h"

namespace extgate {
namespace {

void PrintHandOver(const CompiledHandOver& compiled) {
  const Colour colour = ColourOf(stdout);
  std::printf("systemd %s, %s\n", ToString(compiled.versions).c_str(),
              ToWord(compiled.image_class));
  for (const std::string& variable : compiled.hand_over.environment) {
    std::printf("  environment: %s\n", variable.c_str());
  }
  std::printf("  command: systemd-%s %s\n", ToWord(compiled.image_class),
              absl::StrJoin(RefreshArguments(compiled.hand_over), " ").c_str());
  Table parts({"  PART", "WHY"});
  for (const HandOverPart& part : compiled.parts) {
    parts.Add({{"  " + part.part, Tone::kPlain},
               {PrintableText(part.why), Tone::kPlain}});
  }
  std::fputs(parts.Render(colour).c_str(), stdout);
  if (compiled.staged.empty()) {
    std::printf("  nothing is staged\n\n");
    return;
  }
  Table staged({"  STAGED", "PROTECTED BY"});
  for (const CompiledImage& image : compiled.staged) {
    staged.Add({{"  " + PrintableText(image.name), Tone::kPlain},
                {ToWord(image.enforcement), Tone::kPlain}});
  }
  std::fputs(staged.Render(colour).c_str(), stdout);
  std::printf("\n");
}

void PrintCompilation(const Compilation& compilation) {
  for (const CompiledHandOver& compiled : compilation.hand_overs) {
    PrintHandOver(compiled);
  }
  for (const WithheldName& image : compilation.withheld) {
    std::printf(
        "withheld on systemd %s: %s: %s\n", ToString(image.versions).c_str(),
        PrintableText(image.path).c_str(), PrintableText(image.why).c_str());
  }
}

}  // namespace

int CompileVerb(const GlobalOptions& global, const CompileOptions& options) {
  const CheckOptions& check = options.check;
  auto machine = Machine::Open(global.places, check.policies);
  if (!machine.ok()) return Failed("compile", machine.status());
  const Ports ports = (*machine)->ports();
  GivenImages images(check.images);
  Looks looks(images.Candidates({}, {}).value, images, ports.confinement);
  HostFacts host = FactsAndDate(ports).value;
  if (!check.entry.empty()) host.entry = check.entry;
  LoadedPolicy loaded = LoadPolicy(ports);
  PrintDiagnostics(loaded.diagnostics, ports.policy);
  if (loaded.invalid) return kExitUsage;
  if (check.as_mode.has_value()) loaded.policy.mode = *check.as_mode;
  if (loaded.policy.mode == Mode::kDisabled) {
    std::fprintf(stderr,
                 "extgate: compile: the mode is disabled: systemd is told "
                 "nothing, and does what it does alone\n");
  }
  const SystemdRange versions =
      options.systemd_version == 0
          ? SystemdRange{kOldestSystemd, kNewestSystemd}
          : SystemdRange{options.systemd_version, options.systemd_version};
  const Compilation compilation = Compile(ports, host, loaded, looks, versions);
  if (global.format == Format::kJson) {
    std::fputs(CompilationToJson(compilation).c_str(), stdout);
  } else {
    PrintCompilation(compilation);
  }
  return kExitDone;
}

}  // namespace extgate
