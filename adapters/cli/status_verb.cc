// extgate status: what the last apply decided, and whether it is in force.
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "adapters/cli/last_report.h"
#include "adapters/cli/machine.h"
#include "adapters/cli/report_text.h"
#include "adapters/cli/status_text.h"
#include "adapters/cli/verbs.h"
#include "adapters/merged_hierarchy.h"
#include "adapters/metrics_file.h"
#include "adapters/run_staging.h"
#include "adapters/service_manager.h"
#include "adapters/source_age.h"
#include "adapters/unit_file.h"
#include "adapters/verity_devices.h"
#include "engine/boot/gate.h"
#include "engine/boot/good_boot.h"
#include "engine/image_now.h"
#include "engine/in_force.h"
#include "engine/metrics.h"
#include "engine/own_drop_in.h"
#include "engine/policy_loader.h"
#include "engine/unit_in_force.h"
#include "policy/printable.h"
#include "policy/utc_time.h"

namespace extgate {
namespace {

// Both units, as systemd has them loaded; nullopt where it cannot be asked.
std::optional<std::vector<AskedUnit>> AskUnits(const Places& places) {
  ServiceManager manager;
  RunStaging staging(places);
  std::vector<AskedUnit> units;
  for (ImageClass image_class : {ImageClass::kSysext, ImageClass::kConfext}) {
    auto unit = manager.Unit(image_class);
    if (!unit.ok()) {
      Failed("status: systemd's units are not looked at", unit.status());
      return std::nullopt;
    }
    if (HasOwnDropIn(places, unit->name) && !HasReadOwnDropIn(*unit)) {
      unit->need_daemon_reload = true;
    }
    units.push_back(
        {image_class,
         staging.HasPackagedDropIn(image_class) ? DropInOrigin::kPackage
                                                : DropInOrigin::kApply,
         *std::move(unit), LaterDropIns(places, MergeUnit(image_class))});
  }
  return units;
}

// Devices are the kernel's and units are the running systemd's, whatever the
// root: of another root nobody can say.
MergedNow LookAtMerged(const GlobalOptions& global, const Places& places,
                       Mode mode) {
  MergedNow now;
  now.sysext = MergedExtensions(places.root(), ImageClass::kSysext);
  now.confext = MergedExtensions(places.root(), ImageClass::kConfext);
  if (global.places.root != "/" || mode == Mode::kDisabled) return now;
  now.units = AskUnits(places);
  auto devices = VerityDevices();
  if (devices.ok()) {
    now.devices = *std::move(devices);
  } else {
    Failed("status: root hashes are not compared", devices.status());
  }
  return now;
}

// What is worth knowing of the last run, and nothing went wrong by it. Without
// a booted entry images are left out, of which no row tells.
bool IsAside(const Diagnostic& diagnostic) {
  return diagnostic.severity == Severity::kNote &&
         diagnostic.code != DiagnosticCode::kEntryUnknown;
}

void PrintForce(const Report& report, Colour colour) {
  std::printf(
      "decided %s; %s\n", report.time.c_str(),
      report.not_merged.empty()
          ? "what was staged is merged"
          : absl::StrCat("staged and not merged: ",
                         PrintableText(absl::StrJoin(report.not_merged, ", ")),
                         ": `extgate apply --now` merges it, and `journalctl "
                         "-b -u systemd-sysext -u systemd-confext` says why "
                         "systemd did not")
                .c_str());
  for (const ReportedUnit& unit : report.units) {
    if (unit.detail.empty() || unit.standing == UnitStanding::kBypassed) {
      continue;
    }
    std::printf("%s\n", Painted(absl::StrCat(ToWord(unit.standing), ": ",
                                             PrintableText(unit.detail)),
                                Tone::kWarning, colour)
                            .c_str());
  }
  std::vector<Diagnostic> diagnostics;
  for (const Diagnostic& diagnostic : report.diagnostics) {
    if (!IsAside(diagnostic)) diagnostics.push_back(diagnostic);
  }
  std::fputs(DiagnosticsText(diagnostics, {}, colour).c_str(), stdout);
  for (const Violation& violation : report.violations) {
    if (violation.code != ReasonCode::kBypass) continue;
    std::printf("%s\n", Painted(PrintableText("bypass: " + violation.detail),
                                Tone::kBad, colour)
                            .c_str());
  }
}

// Ends a boot that is not to be called good.
int RefuseBoot(absl::string_view why) {
  Failed("status: this boot is not called good",
         absl::FailedPreconditionError(PrintableText(why)));
  return kExitViolation;
}

// Of a boot without any decision that can be read.
int GateWithout(const GlobalOptions& global, const Places& places,
                const absl::Status& report) {
  Failed("status", report);
  auto machine = Machine::Open(global.places, {});
  if (!machine.ok()) return Failed("status", machine.status());
  const Mode mode = LoadPolicy((*machine)->ports()).policy.mode;
  const std::string why =
      WhyNotGoodWithoutReport(LookAtMerged(global, places, mode), mode);
  if (!why.empty()) return RefuseBoot(why);
  Failed("status", absl::UnavailableError(
                       "nothing was decided in this boot: it is called good "
                       "only because no other boot would be better for it"));
  return kExitDone;
}

// What `status` alone knows of a report.
void FillIn(const Places& places, const MergedNow& now, Report& report) {
  report.now = ImagesNow(now, report);
  std::vector<std::string> paths;
  for (const UsedSource& source : report.sources) paths.push_back(source.path);
  report.policy_changed = NewestChange(places, paths);
}

// What boot assessment hangs on: the exit status. A boot that gets here in
// force came up well.
int Gate(const GlobalOptions& global, const Places& places,
         const Report& report, bool in_force) {
  const absl::Status counted = WriteMetrics(
      places, MetricsText(report, in_force ? Force::kInForce : Force::kNot));
  if (!counted.ok()) Failed("metrics", counted);
  const std::string why = WhyNotGood(report, in_force);
  if (!why.empty()) return RefuseBoot(why);
  if (!in_force) return kExitDone;
  auto machine = Machine::Open(global.places, {});
  const absl::Status kept = machine.ok()
                                ? KeepGoodBoot((*machine)->ports(), report)
                                : machine.status();
  if (!kept.ok()) Failed("status: this boot is not kept as a good one", kept);
  return kExitDone;
}

}  // namespace

int StatusVerb(const GlobalOptions& global, const StatusOptions& options) {
  auto places = Places::Open(global.places);
  if (!places.ok()) return Failed("status", places.status());
  auto report = LastReport(*places);
  if (!report.ok()) {
    return options.gate ? GateWithout(global, *places, report.status())
                        : Failed("status", report.status());
  }
  const MergedNow now = LookAtMerged(global, *places, report->mode);
  const bool in_force = IsInForce(now, *report);
  FillIn(*places, now, *report);
  if (!report->violations.empty() && report->outcome == Outcome::kOk) {
    report->outcome = Outcome::kViolations;
  }
  if (global.format == Format::kJson) {
    std::fputs(ReportToJson(*report).c_str(), stdout);
  } else {
    const Colour colour = ColourOf(stdout);
    const UtcTime time = UtcTime::FromSeconds(absl::ToUnixSeconds(absl::Now()));
    std::fputs(StatusText(*report, time, colour).c_str(), stdout);
    PrintForce(*report, colour);
  }
  if (options.gate) return Gate(global, *places, *report, in_force);
  return report->violations.empty() ? kExitDone : kExitViolation;
}

}  // namespace extgate
