// One way in: SuggestRules.
#include "engine/remedy/suggestion.h"

#include <optional>
#include <set>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "engine/last_seen.h"
#include "engine/pipeline.h"
#include "engine/remedy/candidates.h"
#include "policy/image_sketch.h"
#include "policy/policy_printer.h"

namespace extgate {
namespace {

// What a rule that allows one content can turn: all else is wrong with the
// image, or was meant by whoever wrote the policy.
constexpr ReasonCode kTurnable[] = {
    ReasonCode::kUnsigned,          ReasonCode::kSignerUntrusted,
    ReasonCode::kImagePolicy,       ReasonCode::kNoMatchingRule,
    ReasonCode::kVersionOutOfRange, ReasonCode::kDigestMismatch,
};

std::set<ReasonCode> CodesOf(const std::vector<Reason>& reasons) {
  std::set<ReasonCode> codes;
  for (const Reason& reason : reasons) codes.insert(reason.code);
  return codes;
}

std::string CodesText(const std::set<ReasonCode>& codes) {
  std::vector<std::string> words;
  for (const ReasonCode code : codes) words.push_back(ToWord(code));
  return absl::StrJoin(words, ", ");
}

std::string FieldOr(const std::map<std::string, std::string>& fields,
                    const std::string& key) {
  const auto found = fields.find(key);
  return found == fields.end() ? std::string() : found->second;
}

// The image as the report describes it; nullopt where it says too little.
std::optional<ImageSketch> SketchOf(const ReportedImage& image) {
  const bool is_root = image.designator == ToWord(Designator::kRoot);
  ImageSketch sketch;
  sketch.name = image.name;
  sketch.image_class = image.image_class;
  sketch.root_below = image.designator == "root+usr";
  sketch.designator = is_root ? Designator::kRoot : Designator::kUsr;
  if (auto word = FromWord<Architecture>(image.architecture)) {
    sketch.architecture = word;
  }
  sketch.release = image.release;
  if (auto digest = FileDigest::Parse(image.sha256); digest.ok()) {
    sketch.sha256 = *std::move(digest);
  }
  sketch.helpers = SketchedHelpers::kNone;
  if (auto hash = RootHash::Parse(image.root_hash); hash.ok()) {
    sketch.root_hash = *std::move(hash);
    sketch.helpers = SketchedHelpers::kTree;
  }
  const std::set<ReasonCode> codes = CodesOf(image.reasons);
  if (image.signer.has_value() && sketch.root_hash.has_value() &&
      !codes.contains(ReasonCode::kUnsigned)) {
    sketch.helpers = SketchedHelpers::kTreeAndSignature;
    sketch.signers = {*image.signer};
    // Of several signers the report has the first.
    if (codes.contains(ReasonCode::kSignerUntrusted)) {
      sketch.signers[0].trusted = false;
    }
  }
  const bool known =
      !image.designator.empty() && !image.release.empty() &&
      (sketch.root_hash.has_value() || sketch.sha256.has_value());
  if (!known) return std::nullopt;
  return sketch;
}

// One that the image is for: the report would say otherwise.
HostFacts HostFor(const ImageSketch& sketch, const Report& report,
                  const UtcTime& date) {
  HostFacts host;
  host.date = date;
  host.systemd_version = report.systemd_version;
  host.entry = report.entry;
  host.architecture = sketch.architecture;
  for (const char* key :
       {"ID", "VERSION_ID", "SYSEXT_LEVEL", "CONFEXT_LEVEL"}) {
    const std::string value = FieldOr(sketch.release, key);
    if (!value.empty()) host.os_release[key] = value;
  }
  if (auto word =
          FromWord<Architecture>(FieldOr(sketch.release, "ARCHITECTURE"))) {
    host.architecture = word;
  }
  return host;
}

// Whom the policy trusts and revokes now counts, not at the time of the report.
void JudgeAnew(const TrustStore& trust, ImageSketch& sketch) {
  const std::vector<std::string> listing =
      absl::StrSplit(trust.Listing(), '\n');
  const std::vector<Signer> known = trust.KnownSigners();
  for (Signer& signer : sketch.signers) {
    if (!signer.sha256.has_value()) {
      signer.trusted = false;
      continue;
    }
    const auto found = absl::c_find_if(known, [&](const Signer& other) {
      return other.sha256 == signer.sha256;
    });
    signer.trusted = found != known.end() && found->trusted;
    if (found != known.end()) {
      signer.sets = found->sets;
      signer.not_after = found->not_after;
    }
    signer.revoked = absl::c_linear_search(
        listing, absl::StrCat("revoked ", signer.sha256->hex()));
  }
}

// The images of a report, one after the other.
class Suggesting {
 public:
  Suggesting(const Report& report, const UtcTime& date, PolicyTrial& trial)
      : report_(report), date_(date), trial_(trial) {}

  Suggestions Run() {
    for (const ReportedImage& image : report_.images) {
      if (image.verdict >= Verdict::kDeny) Consider(image);
    }
    // Who may say it: whoever is at hand, else who made the system.
    if (!AllAllowed(Authority::kLocal)) AllAllowed(Authority::kVendor);
    return std::move(found_);
  }

 private:
  struct Tried {
    std::string path;
    ImageSketch sketch;
    HostFacts host;
    Edit edit;
  };

  void Leave(const std::string& path, std::string why) {
    found_.left.push_back({path, std::move(why)});
  }

  Decision DecideBy(const ImageSketch& sketch, const HostFacts& host,
                    const LoadedPolicy& loaded) const {
    return DecideFacts(FactsOf(sketch), StandingOf(sketch),
                       {loaded.policy, loaded.trust, host});
  }

  void Consider(const ReportedImage& image) {
    const std::set<ReasonCode> codes = CodesOf(image.reasons);
    std::set<ReasonCode> beyond;
    for (const ReasonCode code : codes) {
      if (!absl::c_linear_search(kTurnable, code)) beyond.insert(code);
    }
    if (!beyond.empty()) {
      return Leave(image.path, absl::StrCat("no rule is to allow what is ",
                                            CodesText(beyond)));
    }
    std::optional<ImageSketch> sketch = SketchOf(image);
    if (!sketch.has_value()) {
      return Leave(image.path,
                   "the report has neither a root hash nor a digest of it: a "
                   "name alone is no ground to allow anything");
    }
    const HostFacts host = HostFor(*sketch, report_, date_);
    const LoadedPolicy& loaded = trial_.Load();
    JudgeAnew(loaded.trust, *sketch);
    Decision decision = DecideBy(*sketch, host, loaded);
    if (decision.verdict == Verdict::kAllow) {
      return Leave(image.path, absl::StrCat("the policy allows it by now, by `",
                                            decision.rule, "`"));
    }
    if (CodesOf(decision.reasons) != codes) {
      return Leave(image.path,
                   absl::StrCat("as the report describes it the policy now "
                                "says ",
                                CodesText(CodesOf(decision.reasons)),
                                ", the report ", CodesText(codes)));
    }
    Suggest(image, *sketch, host, std::move(decision));
  }

  void Suggest(const ReportedImage& image, const ImageSketch& sketch,
               const HostFacts& host, Decision decision) {
    const RemedyCase subject{
        image.path, FactsOf(sketch), StandingOf(sketch), std::move(decision),
        host,       trial_.Load(),   trial_.sources(),   {}};
    for (Edit& edit : CandidateEdits(subject)) {
      if (edit.kind != EditKind::kAddRule) continue;
      Rule& rule = edit.addition.rules.front();
      rule.match.classes = {{sketch.image_class, {}}};
      rule.id.value = UnusedId(rule.id.value);
      tried_.push_back({image.path, sketch, host, std::move(edit)});
      return;
    }
    Leave(image.path, "the report has no digest of all that would be merged");
  }

  std::string UnusedId(const std::string& stem) {
    std::string id = stem;
    for (int i = 2; !ids_.insert(id).second; ++i) {
      id = absl::StrCat(stem, "-", i);
    }
    return id;
  }

  // Tries each rule alone and drops what does not help, then all that are left
  // together, written by `authority`.
  bool AllAllowed(Authority authority) {
    std::vector<Edit> edits;
    std::vector<Tried> kept;
    std::vector<Tried> dropped;
    for (const Tried& one : tried_) {
      const NewSource added = SourceOf({one.edit}, authority);
      const LoadedPolicy& loaded = trial_.Trial({}, added);
      const bool allowed =
          !loaded.invalid &&
          DecideBy(one.sketch, one.host, loaded).verdict == Verdict::kAllow;
      (allowed ? kept : dropped).push_back(one);
      if (allowed) edits.push_back(one.edit);
    }
    if (!dropped.empty() && authority != Authority::kVendor) return false;
    found_.added = edits.empty() ? NewSource() : SourceOf(edits, authority);
    const LoadedPolicy& loaded = trial_.Trial({}, found_.added);
    for (const Tried& one : kept) {
      const Decision together = DecideBy(one.sketch, one.host, loaded);
      if (loaded.invalid || together.verdict != Verdict::kAllow) return Clear();
    }
    for (const Tried& one : kept) Tell(one);
    for (const Tried& one : dropped) {
      Leave(one.path, "a rule for its content alone does not allow it");
    }
    return true;
  }

  bool Clear() {
    found_.added = NewSource();
    for (const Tried& one : tried_) {
      Leave(one.path, "the rules do not stand together with the policy");
    }
    return true;
  }

  NewSource SourceOf(const std::vector<Edit>& edits, Authority authority) {
    return {PathForNew(trial_.sources(), authority, "suggested"), authority,
            CanonicalText(Additions(edits))};
  }

  void Tell(const Tried& one) {
    const Rule& rule = one.edit.addition.rules.front();
    const bool by_tree = !rule.match.root_hashes.empty();
    found_.rules.push_back(
        {one.path, rule.id.value,
         absl::StrCat(
             by_tree ? "by root_hash " : "by sha256 ",
             by_tree ? rule.match.root_hashes.front().value
                     : rule.match.sha256.front().value,
             rule.image_policy.has_value() ? ", whoever made it" : "")});
  }

  const Report& report_;
  const UtcTime date_;
  PolicyTrial& trial_;
  std::set<std::string> ids_;
  std::vector<Tried> tried_;
  Suggestions found_;
};

}  // namespace

WithDiagnostics<std::optional<Suggestions>> SuggestRules(const Report& report,
                                                         const Ports& ports) {
  PolicyTrial trial(ports);
  const LoadedPolicy& loaded = trial.Load();
  if (loaded.invalid) return {std::nullopt, loaded.diagnostics};
  const UtcTime date = FactsAndDate(ports).value.date;
  return {Suggesting(report, date, trial).Run(), loaded.diagnostics};
}

}  // namespace extgate
