// One way in: MakePlan. First what each image deserves, then which of several
// of one name is taken, then what systemd has to be told about the result.
#include "engine/planner.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/census.h"
#include "engine/names_in_place.h"
#include "engine/required_images.h"

namespace extgate {
namespace {

using Key = std::pair<ImageClass, std::string>;

bool IsViolation(Verdict verdict) {
  return verdict == Verdict::kDeny || verdict == Verdict::kUnmergeable;
}

bool IsOfAnotherEntry(const Decision& decision) {
  return std::any_of(
      decision.reasons.begin(), decision.reasons.end(),
      [](const Reason& r) { return r.code == ReasonCode::kWrongEntry; });
}

// Whether systemd must be kept from an image that it would find by itself and
// that is not staged. One for another host it ignores anyway; of boot entries
// it knows nothing.
bool MustNotMerge(const Decision& decision, Mode mode) {
  if (mode == Mode::kDisabled) return false;
  const Verdict verdict = ActingVerdict(decision);
  if (verdict == Verdict::kNotApplicable) return IsOfAnotherEntry(decision);
  return mode == Mode::kEnforcing || verdict == Verdict::kUnmergeable;
}

// Where a cover would have to be for systemd not to see it; "" for nowhere.
std::string CoverFor(const Candidate& candidate) {
  switch (candidate.place) {
    case Place::kOverriding:
      return kOverridingDirectory;
    case Place::kSearched:
      return CoverableDirectoryOf(candidate.path);
    case Place::kOffered:
    case Place::kForeign:
      return "";
  }
  return "";
}

// Whether this image lies where only a cover keeps systemd from it, and has to
// be kept from it.
bool MustBeCovered(const DecidedImage& image, const CompiledPolicy& policy) {
  if (policy.mode == Mode::kDisabled || CoverFor(image.candidate).empty()) {
    return false;
  }
  if (!image.candidate.hazard.empty()) return true;
  return image.candidate.place == Place::kOverriding &&
         ActingVerdict(image.decision) != Verdict::kAllow &&
         MustNotMerge(image.decision, policy.mode);
}

std::string Label(const DecidedImage& image) {
  return absl::StrCat("`", image.facts.name, "` (", image.candidate.path, ")");
}

class Planner {
 public:
  Planner(const std::vector<DecidedImage>& images, const CompiledPolicy& policy,
          const HostFacts& host, const Covers& covers)
      : images_(images), policy_(policy), host_(host) {
    plan_.images.resize(images.size());
    plan_.covers = covers;
  }

  Plan Make() {
    for (size_t i = 0; i < images_.size(); ++i) Judge(i);
    for (size_t i = 0; i < images_.size(); ++i) Override(i);
    reacts_ = !plan_.violations.empty();
    if (policy_.mode != Mode::kDisabled) Require();
    if (policy_.mode == Mode::kEnforcing && reacts_) React();
    for (size_t i = 0; i < images_.size(); ++i) Choose(i);
    for (size_t i = 0; i < images_.size(); ++i) Mask(i);
    HandOverClass(ImageClass::kSysext, plan_.sysext);
    HandOverClass(ImageClass::kConfext, plan_.confext);
    return std::move(plan_);
  }

 private:
  // The action each image deserves by itself, and whether it is a violation.
  void Judge(size_t i) {
    const DecidedImage& image = images_[i];
    if (!image.candidate.masked_by.empty()) {
      plan_.images[i].action = Action::kLeave;
      NoteShadow(image, absl::StrCat("`", image.candidate.masked_by,
                                     "` masks that name"));
      return;
    }
    const Verdict verdict = ActingVerdict(image.decision);
    Action action = ActionFor(policy_.mode, policy_.unmergeable, verdict);
    if (image.facts.name.empty() || !image.obstacle.empty()) {
      action = Action::kWithhold;
    }
    if (action == Action::kStage && LacksKernelKey(image)) {
      action = Action::kWithhold;
    }
    if (image.decision.excuse.has_value()) NoteExcuse(image);
    if (policy_.mode != Mode::kDisabled && IsViolation(verdict)) {
      const Reason& first = image.decision.reasons.front();
      plan_.violations.push_back(
          {first.code, absl::StrCat(Label(image), ": ", first.detail)});
    }
    if (Overrides(image)) action = Action::kLeave;
    if (MustBeCovered(image, policy_) && !Covered(image)) {
      plan_.violations.push_back(
          {ReasonCode::kBypass,
           absl::StrCat(Label(image), ": ",
                        image.candidate.hazard.empty()
                            ? "systemd takes it from there before it looks at "
                              "what was staged"
                            : image.candidate.hazard)});
    }
    plan_.images[i].action = action;
  }

  // Only the kernel's own keyring counts there, and this image cannot meet it:
  // merged with the others it would take them down.
  bool LacksKernelKey(const DecidedImage& image) {
    if (policy_.mode == Mode::kDisabled || !host_.verity_requires_kernel_key ||
        image.candidate.kind == Container::kDirectory ||
        !NeedsKernelKey(ShapeOf(image), host_.systemd_version)) {
      return false;
    }
    plan_.diagnostics.push_back(
        {DiagnosticCode::kVerityNeedsKernelKey,
         Severity::kWarning,
         {image.candidate.path, 0, 0},
         absl::StrCat(Label(image),
                      " is withheld: the kernel requires signatures by its own "
                      "keys (dm_verity.require_signatures=1)"),
         "sign it with a key of the kernel's keyring, or boot without that "
         "parameter"});
    return true;
  }

  // Which required rules have an image that will be merged.
  std::set<std::string> RulesMet() const {
    std::set<std::string> met;
    std::set<Key> provided;
    for (size_t i = 0; i < images_.size(); ++i) {
      const DecidedImage& image = images_[i];
      const Key key = {image.candidate.image_class, image.facts.name};
      const bool merges =
          plan_.images[i].action == Action::kStage
              ? !overridden_.contains(key) && provided.insert(key).second
              : Overrides(image) && WillMerge(i);
      if (!merges) continue;
      for (const RequiredBy& required : image.decision.required) {
        if (required.unmet.empty()) met.insert(required.rule);
      }
    }
    return met;
  }

  void Require() {
    const MissingImages missing =
        FindMissingImages(images_, RulesMet(), policy_, host_);
    for (const auto& violation : missing.violations) {
      plan_.violations.push_back(violation);
    }
    for (const auto& note : missing.diagnostics) {
      plan_.diagnostics.push_back(note);
    }
    reacts_ |= missing.any_counts;
  }

  // What enforcing does about violations besides withholding them.
  void React() {
    if (policy_.on_violation == OnViolation::kSkip) return;
    plan_.fail_boot = policy_.on_violation == OnViolation::kFailBoot;
    for (PlannedImage& planned : plan_.images) {
      if (planned.action == Action::kStage) planned.action = Action::kWithhold;
    }
  }

  void NoteExcuse(const DecidedImage& image) {
    const Reason& first = image.decision.reasons.front();
    plan_.diagnostics.push_back(
        {DiagnosticCode::kExcused,
         Severity::kWarning,
         {image.candidate.path, 0, 0},
         absl::StrCat(Label(image), " would be denied (", ToWord(first.code),
                      ": ", first.detail, "), but for ",
                      ExcuseText(image.decision.excuse->rules)),
         "without the rule's own mode it counts"});
  }

  void NoteShadow(const DecidedImage& image, absl::string_view why) {
    plan_.diagnostics.push_back(
        {DiagnosticCode::kShadowed,
         Severity::kNote,
         {image.candidate.path, 0, 0},
         absl::StrCat(Label(image), " is left, since ", why),
         ""});
  }

  // What systemd takes before it looks at the set hides what is called so.
  void Override(size_t i) {
    const DecidedImage& image = images_[i];
    if (!Overrides(image)) return;
    for (const std::string& name :
         NamesInPlace(image.candidate, host_.systemd_version)) {
      overridden_.try_emplace({image.candidate.image_class, name}, i);
    }
  }

  // Of several images of one name the first that may be staged is.
  void Choose(size_t i) {
    PlannedImage& planned = plan_.images[i];
    if (planned.action != Action::kStage) return;
    const DecidedImage& image = images_[i];
    const Key key = {image.candidate.image_class, image.facts.name};
    const std::map<Key, size_t>& providers =
        overridden_.contains(key) ? overridden_ : taken_;
    if (const auto found = providers.find(key); found != providers.end()) {
      planned.action = Action::kLeave;
      NoteShadow(image, absl::StrCat("`", images_[found->second].candidate.path,
                                     "` provides that name"));
      return;
    }
    taken_[key] = i;
    SetEntry entry;
    entry.name = NamesInSet(image.facts.name, image.candidate.image_class,
                            host_.systemd_version)
                     .front();
    if (IsCopiedTree(plan_.covers, image.candidate)) {
      entry.kind = SetEntry::Kind::kTree;
      entry.target = image.address;
    } else if (image.candidate.kind == Container::kDirectory) {
      entry.kind = SetEntry::Kind::kDirectory;
      entry.target = image.candidate.path;
    } else if (image.in_place) {
      entry.kind = SetEntry::Kind::kFile;
      entry.target = image.candidate.path;
    } else {
      entry.target = image.address;
    }
    ClassOf(image).set.push_back(std::move(entry));
  }

  // True where systemd takes it before it looks at what was staged.
  bool Overrides(const DecidedImage& image) const {
    return image.candidate.place == Place::kOverriding && !Covered(image);
  }

  bool Covered(const DecidedImage& image) const {
    return IsBelow(plan_.covers, image.candidate);
  }

  // Hides what systemd would find by itself: what must not merge, what was
  // staged under another name than systemd gives it there, and what somebody
  // masked, whose mask may lie below a cover.
  void Mask(size_t i) {
    PlannedImage& planned = plan_.images[i];
    const DecidedImage& image = images_[i];
    if (image.candidate.place != Place::kSearched || Covered(image)) return;
    const bool staged = planned.action == Action::kStage;
    const bool masked = !image.candidate.masked_by.empty();
    if (!staged && !masked && planned.action != Action::kWithhold) return;
    const bool hide =
        staged || masked || MustNotMerge(image.decision, policy_.mode);
    const bool hidden = hide && MaskNamesOf(image);
    if (!staged && !masked) {
      planned.action = hidden ? Action::kMask : Action::kLeave;
    }
  }

  // True when one of its names needed a mask.
  bool MaskNamesOf(const DecidedImage& image) {
    const ImageClass image_class = image.candidate.image_class;
    bool any = false;
    for (const std::string& name :
         NamesInPlace(image.candidate, host_.systemd_version)) {
      const Key key = {image_class, name};
      if (taken_.contains(key)) continue;  // hidden by what was staged
      any = true;
      if (!masked_.insert(key).second) continue;
      for (std::string& entry :
           NamesInSet(name, image_class, host_.systemd_version)) {
        ClassOf(image).set.push_back(
            {SetEntry::Kind::kMask, std::move(entry), ""});
      }
    }
    return any;
  }

  void HandOverClass(ImageClass image_class, ClassPlan& plan) {
    std::sort(
        plan.set.begin(), plan.set.end(),
        [](const SetEntry& a, const SetEntry& b) { return a.name < b.name; });
    if (policy_.mode == Mode::kDisabled) return;
    std::vector<size_t> merged;
    std::vector<StagedShape> shapes;
    for (size_t i = 0; i < images_.size(); ++i) {
      if (images_[i].candidate.image_class != image_class) continue;
      if (!WillMerge(i)) continue;
      merged.push_back(i);
      // systemd applies no image policy to a plain directory.
      if (images_[i].candidate.kind != Container::kDirectory) {
        shapes.push_back(ShapeOf(images_[i]));
      }
    }
    plan.hand_over = HandOverFor(shapes, host_.systemd_version);
    if (image_class == ImageClass::kSysext &&
        policy_.merge_hierarchies.has_value()) {
      AddHierarchies(*policy_.merge_hierarchies, plan.hand_over);
    }
    for (size_t i : merged) Enforcement(i, plan.hand_over);
  }

  // Staged by us, or left where systemd finds it and merges it.
  bool WillMerge(size_t i) const {
    const PlannedImage& planned = plan_.images[i];
    if (!images_[i].candidate.masked_by.empty()) return false;
    if (planned.action == Action::kStage) return true;
    if (planned.action != Action::kLeave) return false;
    const DecidedImage& image = images_[i];
    if (!Overrides(image) &&
        (image.candidate.place != Place::kSearched || Covered(image) ||
         taken_.contains({image.candidate.image_class, image.facts.name}))) {
      return false;
    }
    const Verdict verdict = ActingVerdict(image.decision);
    return verdict == Verdict::kAllow ||
           (verdict == Verdict::kDeny && policy_.mode == Mode::kPermissive);
  }

  void Enforcement(size_t i, const HandOver& hand_over) {
    const DecidedImage& image = images_[i];
    const RuntimeEnforcement enforcement =
        image.candidate.kind == Container::kDirectory
            ? RuntimeEnforcement::kNone
            : EnforcementOf(ShapeOf(image), hand_over, host_.systemd_version);
    plan_.images[i].enforcement = enforcement;
    if (enforcement != RuntimeEnforcement::kSignature) {
      plan_.diagnostics.push_back(
          {DiagnosticCode::kNotEnforcedAtRuntime,
           Severity::kNote,
           {image.candidate.path, 0, 0},
           absl::StrCat(Label(image), " is protected by ",
                        enforcement == RuntimeEnforcement::kVerity
                            ? "dm-verity without its signature"
                            : "nothing but the private copy",
                        " once merged"),
           ""});
    }
    if (image.standing.state != SignatureState::kTrusted) return;
    for (const Signer& signer : image.standing.signers) {
      if (!signer.sha256.has_value()) continue;
      auto& certificates = plan_.certificates;
      if (std::find(certificates.begin(), certificates.end(), *signer.sha256) ==
          certificates.end()) {
        certificates.push_back(*signer.sha256);
      }
    }
  }

  ClassPlan& ClassOf(const DecidedImage& image) {
    return image.candidate.image_class == ImageClass::kSysext ? plan_.sysext
                                                              : plan_.confext;
  }

  const std::vector<DecidedImage>& images_;
  const CompiledPolicy& policy_;
  const HostFacts& host_;
  Plan plan_;
  bool reacts_ = false;               // something follows from the violations
  std::map<Key, size_t> overridden_;  // by what lies before the set
  std::map<Key, size_t> taken_;       // by what is staged
  std::set<Key> masked_;
};

}  // namespace

StagedShape ShapeOf(const DecidedImage& image) {
  StagedShape shape;
  if (const Layout* layout = image.facts.layout.value()) {
    shape.designator = layout->designator;
    shape.root_below = layout->root_below.has_value();
    if (layout->signature.has_value()) shape.signature = image.standing.state;
  }
  shape.protection = ProtectionOf(image.facts, image.standing);
  return shape;
}

Action ActionFor(Mode mode, Unmergeable unmergeable, Verdict verdict) {
  switch (verdict) {
    case Verdict::kUnchecked:
    case Verdict::kAllow:
      return Action::kStage;
    case Verdict::kNotApplicable:
      return Action::kWithhold;
    case Verdict::kDeny:
      return mode == Mode::kEnforcing ? Action::kWithhold : Action::kStage;
    case Verdict::kUnmergeable:
      return mode == Mode::kPermissive && unmergeable == Unmergeable::kStage
                 ? Action::kStage
                 : Action::kWithhold;
    case Verdict::kUnreadable:
      return Action::kWithhold;
  }
  return Action::kWithhold;
}

Covers CoversNeeded(const std::vector<DecidedImage>& images,
                    const CompiledPolicy& policy) {
  Covers covers;
  for (const DecidedImage& image : images) {
    if (MustBeCovered(image, policy)) covers.insert(CoverFor(image.candidate));
  }
  return covers;
}

bool IsBelow(const Covers& covers, const Candidate& candidate) {
  return !covers.empty() && covers.contains(CoverFor(candidate));
}

bool IsCopiedTree(const Covers& covers, const Candidate& candidate) {
  return candidate.kind == Container::kDirectory &&
         (candidate.place == Place::kOffered || IsBelow(covers, candidate));
}

Plan MakePlan(const std::vector<DecidedImage>& images,
              const CompiledPolicy& policy, const HostFacts& host,
              const Covers& covers) {
  return Planner(images, policy, host, covers).Make();
}

}  // namespace extgate
