// Ways in: the members of Installer.
#include "engine/install/installer.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/boot/other_entry.h"
#include "engine/boot/rearm.h"
#include "engine/candidate_facts.h"
#include "engine/install/another_os.h"
#include "engine/install/installed_name.h"
#include "engine/install/usual_entries.h"
#include "engine/verified_copy.h"
#include "policy/entry_map.h"

namespace extgate {
namespace {

bool Has(const std::vector<std::string>& words, absl::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

void AddOnce(const std::string& word, std::vector<std::string>& words) {
  if (!Has(words, word)) words.push_back(word);
}

// Which entries an image is for, and of which of them there are any.
class Targets {
 public:
  Targets(const std::vector<std::string>& known, const CompiledPolicy& policy,
          const InstallChoice& choice)
      : known_(known), policy_(policy), choice_(choice) {}

  // `why` says why there is none where the result is empty.
  std::vector<std::string> Of(const std::string& name, std::string& why) const {
    std::vector<std::string> targets;
    if (!choice_.entries.empty()) {
      for (const std::string& entry : choice_.entries) AddOnce(entry, targets);
      return targets;
    }
    const std::vector<std::string> mapped = EntriesOf(name, policy_);
    if (Has(mapped, kEveryEntry)) return known_;
    for (const std::string& entry : mapped) AddOnce(entry, targets);
    if (!targets.empty()) return targets;
    targets = UsualEntries(known_);
    if (targets.empty()) {
      why = absl::StrCat("`entries` of the policy does not name it, so ",
                         NoUsualEntry(known_));
    }
    return targets;
  }

 private:
  const std::vector<std::string>& known_;
  const CompiledPolicy& policy_;
  const InstallChoice& choice_;
};

// A copy on its way to one place.
class PlacedCopy : public CopyPlace {
 public:
  PlacedCopy(InstallPort& places, const InstallStep& step)
      : places_(places), step_(step) {}

  absl::StatusOr<std::unique_ptr<PrivateFile>> Create(
      uint64_t size_bytes) override {
    return places_.Create(step_.place, size_bytes);
  }
  absl::StatusOr<std::unique_ptr<ImageReader>> Commit(
      std::unique_ptr<PrivateFile> file, absl::string_view) override {
    absl::Status done =
        places_.Commit(std::move(file), step_.place, step_.file_name);
    if (!done.ok()) return done;
    return std::unique_ptr<ImageReader>();
  }
  // Each installation writes anew: what lies there may be damaged.
  absl::StatusOr<std::unique_ptr<ImageReader>> OpenCopy(
      absl::string_view) override {
    return absl::NotFoundError("no copy is used twice");
  }

 private:
  InstallPort& places_;
  const InstallStep& step_;
};

absl::Status CopyTo(InstallPort& places, const InstallStep& step,
                    ImagePort& given, const Candidate& candidate,
                    const ImageFacts& facts, const InstallChoice& choice) {
  auto source = given.Open(candidate);
  if (!source.ok()) return source.status();
  if ((*source)->size_bytes() != facts.size_bytes) {
    return absl::UnavailableError("it changed while it was decided about");
  }
  Progress progress;
  if (choice.progress) {
    progress = [&](uint64_t copied, uint64_t total) {
      choice.progress(candidate.path, copied, total);
    };
  }
  PlacedCopy copy(places, step);
  const auto copied =
      CopyVerified(**source, facts, copy, WantDigest::kNo, progress);
  if (!copied.ok()) return copied.status();
  if (copied->data_check.first_bad_offset.has_value()) {
    return absl::DataLossError(
        DataContradicts(*copied->data_check.first_bad_offset));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<InstallPlan> Installer::PlanInstall(
    ImagePort& given, std::vector<Candidate> candidates,
    const InstallChoice& choice) {
  const auto known = places_.Entries();
  if (!known.ok()) return known.status();
  const Targets targets(*known, loaded_.policy, choice);
  InstallPlan plan;
  plan.installation.dry_run = choice.dry_run;
  InstallSteps steps(places_, plan.installation);

  std::vector<std::string> refused;  // why; "" of those that are looked at
  std::vector<Candidate> wanted;
  for (Candidate& candidate : candidates) {
    const auto name = InstalledName(candidate.file_name, candidate.image_class);
    if (candidate.kind == Container::kDirectory) {
      refused.push_back(
          "a plain directory cannot be installed: make an image of it");
    } else if (!name.ok()) {
      refused.push_back(std::string(name.status().message()));
    } else {
      candidate.file_name = *name;
      wanted.push_back(candidate);
      refused.emplace_back();
    }
  }
  Looks looks(std::move(wanted), given, ports_.confinement,
              WalkFor(loaded_.policy));
  std::vector<ImageFacts> facts(candidates.size());
  for (size_t i = 0; i < candidates.size(); ++i) {
    PlacedImage row;
    row.source = candidates[i].path;
    row.image_class = candidates[i].image_class;
    row.name = NameOf(candidates[i]);
    if (!refused[i].empty()) {
      steps.Refuse(std::move(row), refused[i]);
      continue;
    }
    facts[i] = looks.Next(WholeReach(loaded_.policy));
    row.size_bytes = facts[i].size_bytes;
    const SignatureStanding standing =
        ProvedStandingOf(facts[i], loaded_.trust, ports_.confinement);
    std::string why;
    const std::vector<std::string> entries = targets.Of(row.name, why);
    if (entries.empty()) steps.Refuse(row, why);
    for (const std::string& entry : entries) {
      row.entry = entry;
      const std::string against = Decide(facts[i], standing, row);
      if (against.empty()) {
        steps.Plan(row, i, candidates[i].file_name);
      } else {
        steps.Refuse(row, against);
      }
    }
  }
  if (absl::Status room = steps.CheckRoom(); !room.ok()) return room;
  plan.candidates = std::move(candidates);
  plan.facts = std::move(facts);
  plan.steps = steps.Take();
  return plan;
}

absl::StatusOr<Installation> Installer::Install(
    ImagePort& given, std::vector<Candidate> candidates,
    const InstallChoice& choice) {
  auto plan = PlanInstall(given, std::move(candidates), choice);
  if (!plan.ok()) return plan.status();
  Installation done = std::move(plan->installation);
  if (choice.dry_run) return done;

  bool changed = false;
  // The first copy on a volume, which others may share.
  std::map<std::pair<size_t, size_t>, const InstallStep*> copied;
  for (const InstallStep& step : plan->steps) {
    const InstallStep*& first = copied[{step.volume.id, step.candidate}];
    absl::Status status =
        first != nullptr && step.volume.shares
            ? places_.Share(first->place, step.place, step.file_name)
            : CopyTo(places_, step, given, plan->candidates[step.candidate],
                     plan->facts[step.candidate], choice);
    for (const std::string& name : step.TakenAway()) {
      if (status.ok()) status = places_.Remove(step.place, name);
    }
    if (status.ok()) {
      first = &step;
      changed = true;
      continue;
    }
    PlacedImage& row = done.images[step.row];
    row.placement =
        absl::IsDataLoss(status) ? Placement::kRefused : Placement::kFailed;
    row.why = std::string(status.message());
  }
  Finish(changed, done);
  return done;
}

std::string Installer::Decide(const ImageFacts& facts,
                              const SignatureStanding& standing,
                              PlacedImage& row) const {
  const CompiledPolicy& policy = loaded_.policy;
  const HostFacts host = HostOf(row.entry);
  const Decision decision = ExplainFacts(
      facts, standing, {policy, loaded_.trust, host, &ports_.host});
  row.verdict = decision.verdict;
  row.reasons = decision.reasons;
  row.why.clear();
  if (!facts.unreadable.empty()) return facts.unreadable;
  if (OnlyForAnotherOs(decision) && row.entry != host_.entry) {
    row.why = "it is for another OS than the one that runs here";
    return "";
  }
  if (ActionFor(policy.mode, policy.unmergeable, ActingVerdict(decision)) ==
      Action::kStage) {
    return "";
  }
  return decision.reasons.empty() ? "policy would not have it merged"
                                  : decision.reasons.front().detail;
}

absl::StatusOr<Installation> Installer::Remove(
    const std::vector<std::string>& names, const InstallChoice& choice) {
  auto entries = places_.Entries();
  if (!entries.ok()) return entries.status();
  Installation done;
  done.dry_run = choice.dry_run;
  bool changed = false;
  std::set<std::string> found;
  for (const LyingImage& image : Named(names, *entries, choice, done)) {
    found.insert(image.name);
    PlacedImage row;
    row.name = image.name;
    row.image_class = image.image_class;
    row.size_bytes = image.file.size_bytes;
    row.entry = image.entry;
    row.path = absl::StrCat(image.place.directory, "/", image.file.name);
    row.placement = Placement::kRemove;
    if (loaded_.policy.mode == Mode::kEnforcing &&
        WouldMissMore(image.name, image.entry)) {
      row.placement = Placement::kRefused;
      row.why = absl::StrCat("a rule requires it in a boot of `", image.entry,
                             "`: change the policy first");
    } else if (!choice.dry_run) {
      const absl::Status gone = places_.Remove(image.place, image.file.name);
      changed |= gone.ok();
      if (!gone.ok()) {
        row.placement = Placement::kFailed;
        row.why = std::string(gone.message());
      }
    }
    done.images.push_back(std::move(row));
  }
  for (const std::string& name : names) {
    if (found.contains(name)) continue;
    PlacedImage row;
    row.name = name;
    row.why = absl::StrCat(
        "no image of that name is installed for ",
        QuotedEntries(choice.entries.empty() ? *entries : choice.entries));
    done.images.push_back(std::move(row));
  }
  Finish(changed, done);
  return done;
}

std::vector<Installer::LyingImage> Installer::Named(
    const std::vector<std::string>& names, std::vector<std::string> entries,
    const InstallChoice& choice, Installation& done) {
  // Where there is a directory for all entries, it is one more of them.
  const bool all = choice.entries.empty();
  if (all) {
    entries.push_back(kEveryEntry);
  } else {
    entries = choice.entries;
  }
  std::vector<LyingImage> found;
  for (const std::string& entry : entries) {
    for (ImageClass image_class : {ImageClass::kSysext, ImageClass::kConfext}) {
      const auto places = places_.PlacesOf(entry, image_class);
      if (!places.ok()) {
        if (!all) {
          done.remarks.push_back(std::string(places.status().message()));
        }
        break;
      }
      for (const InstallPlace& place : *places) {
        const absl::Status status =
            AddNamed(names, {"", image_class, entry, place, {}}, found);
        if (!status.ok()) done.remarks.push_back(std::string(status.message()));
      }
    }
  }
  return found;
}

absl::Status Installer::AddNamed(const std::vector<std::string>& names,
                                 LyingImage image,
                                 std::vector<LyingImage>& found) {
  const auto files = places_.Files(image.place);
  if (!files.ok()) return files.status();
  for (const InstalledFile& file : *files) {
    image.file = file;
    for (const std::string& name : names) {
      if (!IsFileOf(file.name, image.place.of_both_classes, image.image_class,
                    name)) {
        continue;
      }
      image.name = name;
      found.push_back(image);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Report>> Installer::List() {
  const auto entries = places_.Entries();
  if (!entries.ok()) return entries.status();
  const CompiledPolicy& policy = loaded_.policy;
  std::vector<Report> reports;
  for (const std::string& entry : *entries) {
    Report report = ReportHead(ports_.host, HostOf(entry), loaded_);
    for (const DecidedImage& image : ImagesIn(entry)) {
      PlannedImage planned;
      planned.action = ActionFor(policy.mode, policy.unmergeable,
                                 ActingVerdict(image.decision));
      if (image.decision.verdict >= Verdict::kDeny) {
        report.outcome = Outcome::kViolations;
      }
      report.images.push_back(DescribeImage(image, planned));
    }
    reports.push_back(std::move(report));
  }
  return reports;
}

HostFacts Installer::HostOf(const std::string& entry) const {
  HostFacts host = host_;
  host.entry = entry;
  return host;
}

std::vector<DecidedImage> Installer::ImagesIn(const std::string& entry) {
  std::vector<std::string> directories;
  for (ImageClass image_class : {ImageClass::kSysext, ImageClass::kConfext}) {
    const auto places = places_.PlacesOf(entry, image_class);
    if (!places.ok()) continue;
    for (const InstallPlace& place : *places) {
      AddOnce(place.directory, directories);
    }
  }
  return ImagesOf(ports_, Context(), entry, directories);
}

bool Installer::WouldMissMore(const std::string& name,
                              const std::string& entry) {
  const HostFacts host = HostOf(entry);
  const auto missing = [&](const std::vector<DecidedImage>& images) {
    const Plan plan = MakePlan(images, loaded_.policy, host, {});
    return std::count_if(plan.violations.begin(), plan.violations.end(),
                         [](const Violation& violation) {
                           return violation.code ==
                                  ReasonCode::kRequiredMissing;
                         });
  };
  std::vector<DecidedImage> images = ImagesIn(entry);
  const auto before = missing(images);
  std::erase_if(images, [&](const DecidedImage& image) {
    return image.facts.name == name;
  });
  return missing(images) > before;
}

void Installer::Finish(bool changed, Installation& done) {
  for (std::string& remark : places_.TakeRemarks()) {
    done.remarks.push_back(std::move(remark));
  }
  if (!changed) return;
  const auto rearming = RearmChangedEntries(ports_);
  if (!rearming.ok()) {
    if (!absl::IsNotFound(rearming.status())) {
      done.remarks.push_back(absl::StrCat("what changed is not counted again: ",
                                          rearming.status().message()));
    }
    return;
  }
  for (const RearmedEntry& entry : rearming->entries) {
    done.rearmed.push_back(entry.id);
  }
}

}  // namespace extgate
