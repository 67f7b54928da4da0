// Ways in: Apply and HeldInputs, of pipeline.h: the boot job, step by step.
#include <set>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/candidate_facts.h"
#include "engine/census.h"
#include "engine/decision_inputs.h"
#include "engine/image_copies.h"
#include "engine/last_seen.h"
#include "engine/pipeline.h"
#include "policy/printable.h"

namespace extgate {
namespace {

// Begins the inputs of a decision that was put back.
constexpr char kHeld[] = "held:";

// One run of Apply.
class Run {
 public:
  Run(const Ports& ports, const ApplyOptions& options)
      : ports_(ports), options_(options) {}

  absl::StatusOr<ApplyResult> Go() {
    const bool acts = options_.act == ApplyOptions::Act::kApply;
    // Before the policy is read, so that of two runs the later one knows more.
    const absl::Status locked = acts ? ports_.staging.Lock() : absl::OkStatus();
    Load();
    if (loaded_.invalid &&
        options_.invalid_policy == ApplyOptions::InvalidPolicy::kRefuse) {
      return ApplyResult{true, false, MakeReport(Plan()), Plan(), {}};
    }
    if (!locked.ok()) return locked;
    if (host_.entry == kLiveEntry) return LeaveAlone();
    FindCandidates();
    if (options_.reuse == ApplyOptions::Reuse::kYes) {
      if (std::optional<Report> last = LastWithTheseInputs()) {
        return ApplyResult{false, true, *std::move(last), Plan(),
                           loaded_.policy.merge_timeout};
      }
    }
    if (acts) KeepPolicy();
    DecideAll();
    covers_ = CoversNeeded(images_, loaded_.policy);
    ImageCopies copies(ports_, Context(), covers_, options_.progress, images_);
    copies.ChooseLinks();
    if (acts) copies.CopyAll();
    Plan plan = PlanAll();
    if (copies.GiveUpLinks(plan)) {
      if (acts) copies.CopyAll();
      plan = PlanAll();
    }
    Take(copies.TakeDiagnostics());
    if (acts) {
      if (absl::Status status = Execute(plan); !status.ok()) return status;
      if (!Disabled()) Take(KeepLastSeen(host_.date, ports_.state));
    }
    ApplyResult result{false, false, MakeReport(plan), plan,
                       loaded_.policy.merge_timeout};
    if (acts) {
      result.report.inputs = Inputs();
      if (absl::Status kept = Keep(result.report); !kept.ok()) return kept;
    }
    return result;
  }

  std::string GoAsFarAsInputs() {
    Load();
    FindCandidates();
    return Held();
  }

 private:
  void Load() {
    auto host = FactsAndDate(ports_);
    host_ = std::move(host.value);
    Take(std::move(host.diagnostics));
    loaded_ = LoadPolicy(ports_);
    Take(std::move(loaded_.diagnostics));
  }

  // Live media have nothing to protect and nothing to roll back to: systemd
  // does there what it does alone. Only the report is kept.
  absl::StatusOr<ApplyResult> LeaveAlone() {
    loaded_.policy.mode = Mode::kDisabled;
    diagnostics_.push_back({DiagnosticCode::kLiveMedia,
                            Severity::kNote,
                            {},
                            "live media: nothing is decided or staged",
                            ""});
    ApplyResult result{false, false, MakeReport(Plan()), Plan(),
                       loaded_.policy.merge_timeout};
    if (options_.act == ApplyOptions::Act::kApply) {
      if (absl::Status kept = Keep(result.report); !kept.ok()) return kept;
    }
    return result;
  }

  absl::Status Keep(const Report& report) {
    return ports_.staging.WriteReport(ReportToJson(report));
  }

  DecisionContext Context() const {
    return {loaded_.policy, loaded_.trust, host_, &ports_.host};
  }

  // For a boot with a broken source. It is not worth failing this one.
  void KeepPolicy() {
    if (ports_.policy.ReplacesDiscovery()) return;
    const absl::Status kept =
        KeepLastGood(loaded_.good_texts, loaded_.broken_paths, ports_.state);
    if (kept.ok()) return;
    diagnostics_.push_back(
        {DiagnosticCode::kStateUnkept,
         Severity::kWarning,
         {},
         absl::StrCat("the policy could not be kept for a boot with a broken "
                      "source: ",
                      kept.message()),
         ""});
  }

  bool Disabled() const { return loaded_.policy.mode == Mode::kDisabled; }

  // Before anything is decided, so that what changes meanwhile is noticed by
  // the next run.
  void FindCandidates() {
    auto candidates = ports_.images.Candidates(host_, loaded_.policy.sources);
    Take(std::move(candidates.diagnostics));
    candidates_ = std::move(candidates.value);
    stamps_ = StampsOf(candidates_, ports_.images);
  }

  // As things are now; "" where that cannot be told: of a plain directory, of
  // the host's tree, and of the room that an image did not have.
  std::string Inputs() {
    if (!stamps_.has_value() || loaded_.policy.needs_host_tree) return "";
    for (const Diagnostic& diagnostic : diagnostics_) {
      if (diagnostic.code == DiagnosticCode::kNoSpace) return "";
    }
    return DigestOfInputs(ports_.host.BootId(), host_, loaded_, *stamps_,
                          ports_.staging.Snapshot());
  }

  std::optional<Report> LastWithTheseInputs() {
    auto text = ports_.staging.ReadReport();
    if (!text.ok()) return std::nullopt;
    auto last = ReportFromJson(*text);
    if (!last.ok() || last->inputs.empty()) return std::nullopt;
    const bool held = absl::StartsWith(last->inputs, kHeld);
    if (last->inputs != (held ? Held() : Inputs())) return std::nullopt;
    return *std::move(last);
  }

  // As things are now, as far as that can be told.
  std::string Held() {
    std::string names;
    for (const Candidate& candidate : candidates_) {
      absl::StrAppend(&names, PrintableText(candidate.path), "\n");
    }
    return absl::StrCat(kHeld, DigestOfInputs(ports_.host.BootId(), host_,
                                              loaded_, stamps_.value_or(names),
                                              ports_.staging.Snapshot()));
  }

  // A first look at every candidate, through its source. Where no second one
  // through a copy will follow, it has to be a whole one.
  void DecideAll() {
    if (Disabled()) {
      for (const Candidate& candidate : candidates_) {
        images_.push_back(Unchecked(candidate));
      }
      return;
    }
    Looks looks(candidates_, ports_.images, ports_.confinement,
                WalkFor(loaded_.policy), [&](const Candidate& candidate) {
                  return !IsElsewhere(candidate, Context());
                });
    while (const Candidate* candidate = looks.Upcoming()) {
      images_.push_back(
          Decide(looks, FirstReach(*candidate), Context(), ports_.confinement));
    }
  }

  Reach FirstReach(const Candidate& candidate) const {
    return options_.act == ApplyOptions::Act::kApply &&
                   candidate.place != Place::kOverriding
               ? Reach(Depth::kContents, WalkFor(loaded_.policy))
               : WholeReach(loaded_.policy);
  }

  DecidedImage Unchecked(const Candidate& candidate) const {
    DecidedImage image;
    image.candidate = candidate;
    image.facts = NamedFacts(candidate);
    image.decision.verdict = Verdict::kUnchecked;
    if (BelongsElsewhere(image.facts.name, host_, loaded_.policy)) {
      image.decision = WrongEntry(image.facts.name, host_, loaded_.policy);
    }
    return image;
  }

  // With standings as they counted.
  Plan PlanAll() {
    for (DecidedImage& image : images_) {
      image.standing = CountedStanding(image, Context());
    }
    Plan plan = MakePlan(images_, loaded_.policy, host_, covers_);
    for (ClassPlan* of_class : {&plan.sysext, &plan.confext}) {
      AddSwitches(loaded_.policy.mode, host_.systemd_version,
                  of_class->hand_over);
    }
    return plan;
  }

  // A cover is the first change and its end the last: a run that dies between
  // leaves less merged, never more.
  absl::Status Execute(Plan& plan) {
    CoverOrSaySo(plan);
    absl::Status status = ports_.staging.WriteOwnedFiles(FilesFor(plan));
    if (!status.ok()) return status;
    status = ports_.staging.Publish(ImageClass::kSysext, plan.sysext.set);
    if (!status.ok()) return status;
    status = ports_.staging.Publish(ImageClass::kConfext, plan.confext.set);
    if (!status.ok()) return status;
    for (const std::string& directory : CoverableDirectories()) {
      if (plan.covers.contains(directory)) continue;
      status = ports_.staging.Uncover(directory);
      if (!status.ok()) return status;
    }
    std::set<std::string> kept = Addresses(plan);
    kept.insert(options_.also_keep.begin(), options_.also_keep.end());
    return ports_.staging.Prune(kept);
  }

  void CoverOrSaySo(Plan& plan) {
    for (const std::string& directory : plan.covers) {
      const absl::Status covered = ports_.staging.Cover(directory);
      if (covered.ok()) continue;
      plan.violations.push_back(
          {ReasonCode::kBypass,
           absl::StrCat("systemd must not look into ", directory, ", and ",
                        covered.message())});
    }
  }

  static std::set<std::string> Addresses(const Plan& plan) {
    std::set<std::string> addresses;
    for (const ClassPlan* plan_of_class : {&plan.sysext, &plan.confext}) {
      for (const SetEntry& entry : plan_of_class->set) {
        if (entry.kind == SetEntry::Kind::kImage ||
            entry.kind == SetEntry::Kind::kTree) {
          addresses.insert(entry.target);
        }
      }
    }
    return addresses;
  }

  std::vector<OwnedFile> FilesFor(const Plan& plan) const {
    std::vector<OwnedFile> files;
    if (Disabled()) return files;
    for (const Fingerprint& fingerprint : plan.certificates) {
      if (const Certificate* found = loaded_.trust.Find(fingerprint)) {
        files.push_back(
            {absl::StrCat("/run/verity.d/extgate-", fingerprint.hex(), ".crt"),
             found->pem});
      }
    }
    AddUnitFiles(ImageClass::kSysext, plan.sysext, files);
    AddUnitFiles(ImageClass::kConfext, plan.confext, files);
    return files;
  }

  void AddUnitFiles(ImageClass image_class, const ClassPlan& plan,
                    std::vector<OwnedFile>& files) const {
    const std::string word = ToWord(image_class);
    if (options_.drop_in == ApplyOptions::WriteDropIn::kYes &&
        !ports_.staging.HasPackagedDropIn(image_class)) {
      files.push_back({absl::StrCat("/run/systemd/system/systemd-", word,
                                    ".service.d/zzz-extgate.conf"),
                       DropInText(image_class, plan.hand_over,
                                  loaded_.policy.merge_timeout)});
    }
    const std::string config =
        ConfigText(image_class, plan.hand_over, host_.systemd_version);
    if (!config.empty()) {
      files.push_back(
          {absl::StrCat("/run/systemd/", word, ".conf.d/zzz-extgate.conf"),
           config});
    }
  }

  Report MakeReport(const Plan& plan) {
    Report report = ReportHead(ports_.host, host_, loaded_);
    report.outcome = plan.fail_boot            ? Outcome::kBootFailed
                     : plan.violations.empty() ? Outcome::kOk
                                               : Outcome::kViolations;
    report.sysext = plan.sysext.hand_over;
    report.confext = plan.confext.hand_over;
    for (size_t i = 0; i < images_.size(); ++i) {
      report.images.push_back(DescribeImage(images_[i], plan.images[i]));
    }
    report.violations = plan.violations;
    Take(plan.diagnostics);
    report.diagnostics = diagnostics_;
    for (const DecidedImage& image : images_) {
      AddContentWarnings(image, report.diagnostics);
    }
    return report;
  }

  void Take(std::vector<Diagnostic> diagnostics) {
    for (Diagnostic& diagnostic : diagnostics) {
      diagnostics_.push_back(std::move(diagnostic));
    }
  }

  const Ports& ports_;
  const ApplyOptions& options_;
  HostFacts host_;
  LoadedPolicy loaded_;
  std::vector<Candidate> candidates_;
  std::optional<std::string> stamps_;
  std::vector<DecidedImage> images_;
  Covers covers_;
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace

absl::StatusOr<ApplyResult> Apply(const Ports& ports,
                                  const ApplyOptions& options) {
  return Run(ports, options).Go();
}

std::string HeldInputs(const Ports& ports) {
  return Run(ports, ApplyOptions()).GoAsFarAsInputs();
}

}  // namespace extgate
