// Ways in: Apply and HeldInputs, of pipeline.h: the boot job, step by step.
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/boot/booted_policy.h"
#include "engine/boot/fail_boot.h"
#include "engine/candidate_facts.h"
#include "engine/census.h"
#include "engine/decision_inputs.h"
#include "engine/execution.h"
#include "engine/history.h"
#include "engine/image_copies.h"
#include "engine/kept_report.h"
#include "engine/last_seen.h"
#include "engine/pipeline.h"
#include "policy/printable.h"

namespace extgate {
namespace {

// Begins the inputs of a decision that was put back.
constexpr char kHeld[] = "held:";

using ImageKey = std::pair<ImageClass, std::string>;  // class and name

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
      return ApplyResult{true, false, MakeReport(Plan()), Plan(), {}, {}, {}};
    }
    if (!locked.ok()) return locked;
    if (host_.entry == kLiveEntry) return LeaveAlone();
    FindCandidates();
    if (options_.reuse == ApplyOptions::Reuse::kYes) {
      if (std::optional<Report> last = LastWithTheseInputs()) {
        return ApplyResult{
            false, true, *std::move(last), Plan(), loaded_.policy.merge_timeout,
            {},    {}};
      }
    }
    if (acts) KeepPolicy();
    Plan plan = DecideAndCopy();
    std::optional<BootFate> fate;
    const bool boots =
        acts && options_.boot == ApplyOptions::Boot::kInItsCourse;
    if (boots && plan.fail_boot) TryBootedPolicy(plan);
    if (boots && plan.fail_boot) {
      fate = FailOrGoOn(ports_, Context(), loaded_, images_, plan.violations);
      if (fate->kind == BootFate::Kind::kWithhold) plan = PlanToGoOn(*fate);
    }
    if (acts) {
      const absl::Status done =
          ExecutePlan(ports_, options_, loaded_, host_, plan);
      if (!done.ok()) return done;
      if (!Disabled()) Take(KeepLastSeen(host_.date, ports_.state));
    }
    ApplyResult result{false,
                       false,
                       MakeReport(plan),
                       plan,
                       loaded_.policy.merge_timeout,
                       loaded_.policy.measure,
                       fate};
    if (acts) {
      result.report.inputs = Inputs();
      for (Diagnostic& note : KeepHistory(result.report, ports_.state)) {
        result.report.diagnostics.push_back(std::move(note));
      }
      const absl::Status kept =
          KeepReport(ports_, result.measure, result.report);
      if (!kept.ok()) return kept;
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
    ApplyResult result{
        false, false, MakeReport(Plan()), Plan(), loaded_.policy.merge_timeout,
        {},    {}};
    if (options_.act == ApplyOptions::Act::kApply) {
      const absl::Status kept = KeepReport(ports_, {}, result.report);
      if (!kept.ok()) return kept;
    }
    return result;
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

  // By loaded_; what came of it is in images_.
  Plan DecideAndCopy() {
    const bool acts = options_.act == ApplyOptions::Act::kApply;
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
    return plan;
  }

  // Where the policy is another than that of the last good boot: decides by
  // that one, and takes what comes of it if it does not fail the boot. What the
  // new one denies by a rule, or revokes, stays withheld.
  void TryBootedPolicy(Plan& plan) {
    auto booted =
        BootedPolicyPort::Open(host_.entry, ports_.policy, ports_.state);
    if (!booted.ok()) return;
    const Ports ports{*booted,       ports_.firmware, ports_.host,
                      ports_.images, ports_.staging,  ports_.confinement,
                      ports_.state,  ports_.boot};
    LoadedPolicy rejected = std::exchange(loaded_, LoadPolicy(ports));
    std::vector<DecidedImage> images = std::exchange(images_, {});
    refused_ = RefusedByWord(images);
    Plan earlier = DecideAndCopy();
    if (earlier.fail_boot) {
      loaded_ = std::move(rejected);
      images_ = std::move(images);
      covers_ = CoversNeeded(images_, loaded_.policy);
      return;
    }
    diagnostics_.push_back(
        {DiagnosticCode::kPolicyRejected,
         Severity::kWarning,
         {},
         absl::StrCat("by the policy as it is now this boot would be failed (",
                      plan.violations.empty() ? "" : plan.violations[0].detail,
                      "): the one of the last good boot holds"),
         "mend the policy or the images; `extgate check` decides by the policy "
         "as it is"});
    plan = std::move(earlier);
  }

  // Class and name of those that a rule or a revocation denies.
  static std::map<ImageKey, std::string> RefusedByWord(
      const std::vector<DecidedImage>& images) {
    std::map<ImageKey, std::string> refused;
    for (const DecidedImage& image : images) {
      for (const Reason& reason : image.decision.reasons) {
        if (reason.code == ReasonCode::kDeniedByRule ||
            reason.code == ReasonCode::kSignerRevoked) {
          refused[{image.facts.image_class, image.facts.name}] = reason.detail;
        }
      }
    }
    return refused;
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
      const ImageFacts& facts = images_.back().facts;
      const auto refused = refused_.find({facts.image_class, facts.name});
      if (refused != refused_.end()) {
        images_.back().obstacle =
            "the new policy denies it: " + refused->second;
      }
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

  // For a boot that to fail would not help.
  Plan PlanToGoOn(const BootFate& fate) {
    loaded_.policy.on_violation = OnViolation::kSkip;
    diagnostics_.push_back(
        {DiagnosticCode::kBootNotFailed,
         Severity::kWarning,
         {},
         absl::StrCat("the boot is not failed: ", fate.why_not),
         "what is denied is withheld; `extgate boot status` shows the "
         "entries"});
    return PlanAll();
  }

  Report MakeReport(const Plan& plan) {
    Report report = ReportHead(ports_.host, host_, loaded_);
    report.outcome = plan.fail_boot            ? Outcome::kBootFailed
                     : plan.violations.empty() ? Outcome::kOk
                                               : Outcome::kViolations;
    report.previous_boot = PreviousBootOf(ports_, Context());
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
  // By an earlier policy than that of this boot: what this one denies all the
  // same, and why.
  std::map<ImageKey, std::string> refused_;
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
