// extgate apply and merge: the boot job, and the same followed by systemd's own
// refresh.
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "adapters/boot_end.h"
#include "adapters/cli/machine.h"
#include "adapters/cli/print_report.h"
#include "adapters/cli/progress_line.h"
#include "adapters/cli/report_text.h"
#include "adapters/cli/verbs.h"
#include "adapters/journal.h"
#include "adapters/login_message.h"
#include "adapters/merged_hierarchy.h"
#include "adapters/metrics_file.h"
#include "adapters/places.h"
#include "adapters/service_manager.h"
#include "engine/live_change.h"
#include "engine/metrics.h"
#include "engine/notices.h"
#include "engine/pipeline.h"
#include "policy/hierarchies.h"
#include "policy/printable.h"

extern char** environ;

namespace extgate {
namespace {

// The plan in words: what a run without --dry-run would do.
void PrintPlan(const Plan& plan) {
  for (const auto& [word, class_plan] :
       {std::pair<const char*, const ClassPlan&>("extensions", plan.sysext),
        std::pair<const char*, const ClassPlan&>("confexts", plan.confext)}) {
    for (const SetEntry& entry : class_plan.set) {
      const std::string name = PrintableText(entry.name);
      switch (entry.kind) {
        case SetEntry::Kind::kImage:
          std::printf("would stage /run/%s/%s.raw\n", word, name.c_str());
          break;
        case SetEntry::Kind::kFile:
          std::printf("would link /run/%s/%s.raw to %s\n", word, name.c_str(),
                      PrintableText(entry.target).c_str());
          break;
        case SetEntry::Kind::kDirectory:
          std::printf("would stage /run/%s/%s from %s\n", word, name.c_str(),
                      PrintableText(entry.target).c_str());
          break;
        case SetEntry::Kind::kTree:
          std::printf("would stage /run/%s/%s\n", word, name.c_str());
          break;
        case SetEntry::Kind::kMask:
          std::printf("would mask /run/%s/%s\n", word, name.c_str());
          break;
      }
    }
  }
  for (const std::string& directory : plan.covers) {
    std::printf("would cover %s\n", directory.c_str());
  }
  for (const Fingerprint& certificate : plan.certificates) {
    std::printf("would write /run/verity.d/extgate-%s.crt\n",
                certificate.hex().c_str());
  }
}

int ExitOf(const Report& report) {
  return report.outcome == Outcome::kBootFailed ? kExitViolation : kExitDone;
}

// What systemd's tool merges over when it is run with `environment`. Where it
// would refuse that, nothing is known to be wrong.
std::vector<std::string> HierarchiesIn(
    const std::vector<std::string>& environment, ImageClass image_class) {
  const std::string start = absl::StrCat(HierarchiesVariable(image_class), "=");
  for (absl::string_view assignment : environment) {
    if (!absl::ConsumePrefix(&assignment, start)) continue;
    auto hierarchies = ParseHierarchies(assignment);
    if (hierarchies.ok()) return *std::move(hierarchies);
    break;
  }
  return Hierarchies().Of(image_class);
}

// Takes off what was merged by an earlier choice of directories.
void UnmergeStale(const Places& places, ImageClass image_class,
                  const std::vector<std::string>& environment) {
  const absl::Status status = UnmergeElsewhere(
      places.root(), image_class, HierarchiesIn(environment, image_class));
  // What systemd merges anew is better than what stands.
  if (!status.ok()) Failed("merge", status);
}

// Ends this process, and what it becomes, after `timeout`: the timer goes on
// beyond execve(2), and a signal that nobody asked for ends a program.
// TimeoutStartSec= of the unit says nothing, since systemd reads it before
// extgate knows the policy.
void LimitTo(TimeSpan timeout) {
  const itimerval once = {
      {0, 0},
      {timeout.milliseconds() / 1000, timeout.milliseconds() % 1000 * 1000}};
  setitimer(ITIMER_REAL, &once, nullptr);
}

// Replaces this process by systemd's tool, which gets `timeout` unless extgate
// is disabled. Returns only on failure.
int ExecRefresh(const GlobalOptions& global, const Places& places,
                ImageClass image_class, const HandOver& hand_over, Mode mode,
                TimeSpan timeout) {
  const std::string tool = absl::StrCat("systemd-", ToWord(image_class));
  std::vector<std::string> words = {tool};
  for (std::string& word : RefreshArguments(hand_over)) {
    words.push_back(std::move(word));
  }
  if (global.places.root != "/") {
    words.push_back("--root=" + global.places.root);
  }
  std::vector<std::string> environment = hand_over.environment;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    // Switches of others would change what was just decided.
    if (mode != Mode::kDisabled &&
        absl::StartsWith(*variable, "SYSTEMD_DISSECT_")) {
      continue;
    }
    if (mode == Mode::kEnforcing &&
        (absl::StartsWith(*variable, "SYSTEMD_SYSEXT_MUTABLE_MODE=") ||
         absl::StartsWith(*variable, "SYSTEMD_CONFEXT_MUTABLE_MODE="))) {
      continue;
    }
    // Of two the first counts, which is ours.
    environment.push_back(*variable);
  }
  UnmergeStale(places, image_class, environment);
  const auto pointers = [](std::vector<std::string>& strings) {
    std::vector<char*> out;
    for (std::string& text : strings) out.push_back(text.data());
    out.push_back(nullptr);
    return out;
  };
  std::fflush(nullptr);
  if (mode != Mode::kDisabled) LimitTo(timeout);
  for (const char* directory : {"/usr/bin/", "/bin/", "/usr/sbin/"}) {
    execve((directory + tool).c_str(), pointers(words).data(),
           pointers(environment).data());
    if (errno != ENOENT) break;
  }
  return Failed(tool, absl::UnavailableError(std::strerror(errno)));
}

// Tells those who watch the journal, those who log in, and what monitors the
// machine. Nothing hangs on it.
void Announce(const Places& places, const Report& report) {
  const absl::Status sent = SendNotices(places, NoticesOf(report));
  if (!sent.ok() && !absl::IsNotFound(sent)) Failed("journal", sent);
  const absl::Status written = WriteLoginMessage(places, LoginMessage(report));
  if (!written.ok()) Failed("login message", written);
  const absl::Status counted =
      WriteMetrics(places, MetricsText(report, Force::kUnknown));
  if (!counted.ok()) Failed("metrics", counted);
}

// Says how it ended, and is the exit status.
int SayEnd(const LiveChange& change) {
  const absl::string_view why = change.failure.message();
  switch (change.end) {
    case LiveChange::End::kRefused:
    case LiveChange::End::kMerged:
      return ExitOf(change.report);
    case LiveChange::End::kBootFailed:
      Failed("apply",
             absl::AbortedError(absl::StrCat(why, ": what is merged stays")));
      return kExitViolation;
    case LiveChange::End::kKept:
      return Failed("apply", absl::AbortedError(absl::StrCat(
                                 why, ": the previous set is merged still")));
    case LiveChange::End::kPutBack:
      return Failed("apply", absl::AbortedError(absl::StrCat(
                                 why, ": the previous set is merged again")));
    case LiveChange::End::kStuck:
      return Failed("apply",
                    absl::AbortedError(absl::StrCat(
                        why, ": nor can the previous set be merged again: ",
                        change.undo.message())));
  }
  return kExitFailed;
}

int ApplyNow(const GlobalOptions& global, Machine& machine,
             const ApplyOptions& options) {
  if (global.places.root != "/") {
    std::fprintf(stderr, "extgate: apply: --now is of the running system\n");
    return kExitUsage;
  }
  ServiceManager manager;
  const Ports ports = machine.ports();
  const LivePorts live = {machine.standing(), manager};
  auto change = ChangeLive(ports, live, options);
  if (!change.ok()) {
    return Failed("apply: nothing is changed", change.status());
  }
  PrintReport(global, change->report);
  // What would fail a boot has not happened.
  if (change->end != LiveChange::End::kBootFailed) {
    Announce(machine.places(), change->report);
  }
  return SayEnd(*change);
}

}  // namespace

int ApplyVerb(const GlobalOptions& global, const ApplyVerbOptions& options) {
  auto machine = Machine::Open(global.places, options.policies);
  if (!machine.ok()) return Failed("apply", machine.status());
  ApplyOptions apply;
  if (options.dry_run) apply.act = ApplyOptions::Act::kDryRun;
  if (!options.policies.empty()) {
    apply.invalid_policy = ApplyOptions::InvalidPolicy::kRefuse;
  }
  apply.progress = ProgressLine();
  if (options.now) return ApplyNow(global, **machine, apply);
  auto result = Apply((*machine)->ports(), apply);
  if (!result.ok()) return Failed("apply", result.status());
  if (result->policy_refused) {
    PrintDiagnostics(result->report.diagnostics);
    return kExitUsage;
  }
  PrintReport(global, result->report);
  if (!options.dry_run) Announce((*machine)->places(), result->report);
  if (options.dry_run && global.format == Format::kTable) {
    PrintPlan(result->plan);
  }
  return ExitOf(result->report);
}

int MergeVerb(const GlobalOptions& global, ImageClass image_class) {
  auto machine = Machine::Open(global.places, {});
  if (!machine.ok()) return Failed("merge", machine.status());
  ApplyOptions apply;
  apply.drop_in = ApplyOptions::WriteDropIn::kNo;
  apply.reuse = ApplyOptions::Reuse::kYes;
  auto result = Apply((*machine)->ports(), apply);
  if (!result.ok()) {
    return Failed("merge: nothing is merged", result.status());
  }
  PrintReport(global, result->report);
  if (!result->reused) Announce((*machine)->places(), result->report);
  if (result->fate.has_value() && global.places.root == "/") {
    const absl::Status ended = EndBoot(result->fate->kind);
    if (!ended.ok()) Failed("merge: the boot goes on with nothing", ended);
  }
  if (result->report.outcome == Outcome::kBootFailed) return kExitViolation;
  const Report& report = result->report;
  (*machine)->PassLockOn();
  return ExecRefresh(
      global, (*machine)->places(), image_class,
      image_class == ImageClass::kSysext ? report.sysext : report.confext,
      report.mode, result->merge_timeout);
}

}  // namespace extgate
