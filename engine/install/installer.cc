// Ways in: the members of Installer.
#include "engine/install/installer.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/boot/other_entry.h"
#include "engine/boot/rearm.h"
#include "engine/candidate_facts.h"
#include "engine/install/installed_name.h"
#include "engine/verified_copy.h"
#include "policy/entry_map.h"

namespace extgate {
namespace {

// Where an image goes that the policy's `entries` do not name.
constexpr const char* kUsualEntries[] = {"active", "passive"};

bool Has(const std::vector<std::string>& words, absl::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

void AddOnce(const std::string& word, std::vector<std::string>& words) {
  if (!Has(words, word)) words.push_back(word);
}

std::string Quoted(const std::vector<std::string>& words) {
  return words.empty() ? "none"
                       : absl::StrCat("`", absl::StrJoin(words, "`, `"), "`");
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
    for (const char* entry : kUsualEntries) {
      if (Has(known_, entry)) targets.push_back(entry);
    }
    if (targets.empty()) {
      why = absl::StrCat(
          "`entries` of the policy does not name it, so it is for `active` and "
          "`passive`, and there is neither: the entries here are ",
          Quoted(known_));
    }
    return targets;
  }

 private:
  const std::vector<std::string>& known_;
  const CompiledPolicy& policy_;
  const InstallChoice& choice_;
};

// For a boot of another entry it is not known which OS that has.
bool OnlyForAnotherOs(const Decision& decision) {
  return decision.verdict == Verdict::kNotApplicable &&
         std::all_of(decision.reasons.begin(), decision.reasons.end(),
                     [](const Reason& reason) {
                       return reason.code == ReasonCode::kReleaseMismatch;
                     });
}

// Whether the file `file_name` in `place` is the image `name` of `image_class`.
bool IsImage(const std::string& file_name, const InstallPlace& place,
             ImageClass image_class, absl::string_view name) {
  const auto ends_in = [&](ImageClass suffix) {
    return absl::EndsWithIgnoreCase(file_name,
                                    absl::StrCat(".", ToWord(suffix), ".raw"));
  };
  if (image_class == ImageClass::kSysext ? ends_in(ImageClass::kConfext)
                                         : ends_in(ImageClass::kSysext)) {
    return false;
  }
  if (image_class == ImageClass::kConfext && place.of_both_classes &&
      !ends_in(ImageClass::kConfext)) {
    return false;
  }
  Candidate candidate;
  candidate.file_name = file_name;
  candidate.image_class = image_class;
  return NameOf(candidate) == name;
}

uint64_t Rounded(uint64_t size_bytes, const InstallVolume& volume) {
  const uint64_t block = std::max<uint64_t>(volume.block_bytes, 1);
  const uint64_t over = size_bytes % block;
  return over == 0 ? size_bytes : size_bytes + (block - over);
}

// One file that is to be written.
struct Step {
  size_t row = 0;        // of Installation::images
  size_t candidate = 0;  // of the images given
  InstallPlace place;
  InstallVolume volume;
  std::string file_name;
  std::vector<InstalledFile> replaced;  // what is that image there by now
};

// A copy on its way to one place.
class PlacedCopy : public CopyPlace {
 public:
  PlacedCopy(InstallPort& places, const Step& step)
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
  const Step& step_;
};

// All steps of one installation, planned before the first is done.
class Steps {
 public:
  Steps(InstallPort& places, Installation& done)
      : places_(places), done_(done) {}

  // Adds a row for `file_name` in each of the places of row.entry.
  void Plan(PlacedImage row, size_t candidate, const std::string& file_name) {
    auto places = places_.PlacesOf(row.entry, row.image_class);
    if (!places.ok()) return Refuse(std::move(row), places.status().message());
    for (InstallPlace& place : *places) {
      PlanOne(row, candidate, std::move(place), file_name);
    }
  }

  void Refuse(PlacedImage row, absl::string_view why) {
    row.placement = Placement::kRefused;
    row.why = std::string(why);
    done_.images.push_back(std::move(row));
  }

  // Whether each step finds room once those before it are done.
  absl::Status CheckRoom() const {
    std::map<size_t, uint64_t> free;
    std::map<std::pair<size_t, size_t>, bool> copied;  // volume and candidate
    for (const Step& step : steps_) {
      const InstallVolume& volume = step.volume;
      uint64_t& left =
          free.try_emplace(volume.id, volume.free_bytes).first->second;
      bool& shared = copied[{volume.id, step.candidate}];
      if (shared && volume.shares) continue;
      shared = true;
      const PlacedImage& row = done_.images[step.row];
      const uint64_t need = Rounded(row.size_bytes, volume);
      if (need > left) {
        return absl::ResourceExhaustedError(
            absl::StrCat("no room for `", row.path, "`: it takes ", need,
                         " bytes, and ", left,
                         left == volume.free_bytes
                             ? " are free"
                             : " of those that are free are left by then",
                         "; nothing was written"));
      }
      left -= need;
      // Others may share what is replaced.
      if (volume.shares) continue;
      for (const InstalledFile& file : step.replaced) {
        left += Rounded(file.size_bytes, volume);
      }
    }
    return absl::OkStatus();
  }

  const std::vector<Step>& all() const { return steps_; }

 private:
  void PlanOne(PlacedImage row, size_t candidate, InstallPlace place,
               const std::string& file_name) {
    row.path = absl::StrCat(place.directory, "/", file_name);
    const auto volume = places_.VolumeOf(place);
    const auto files = places_.Files(place);
    if (!volume.ok() || !files.ok()) {
      const absl::Status& status =
          volume.ok() ? files.status() : volume.status();
      row.placement = Placement::kFailed;
      row.why = std::string(status.message());
      done_.images.push_back(std::move(row));
      return;
    }
    if (row.size_bytes > volume->most_bytes) {
      return Refuse(
          std::move(row),
          absl::StrCat("it has ", row.size_bytes,
                       " bytes, and no file there can have more than ",
                       volume->most_bytes));
    }
    for (const Step& step : steps_) {
      if (done_.images[step.row].path == row.path) {
        return Refuse(
            std::move(row),
            absl::StrCat("`", done_.images[step.row].source, "` goes there"));
      }
    }
    Step step{done_.images.size(), candidate, std::move(place), *volume,
              file_name,           {}};
    for (const InstalledFile& file : *files) {
      if (IsImage(file.name, step.place, row.image_class, row.name)) {
        step.replaced.push_back(file);
      }
    }
    row.placement =
        step.replaced.empty() ? Placement::kNew : Placement::kReplace;
    done_.images.push_back(std::move(row));
    steps_.push_back(std::move(step));
  }

  InstallPort& places_;
  Installation& done_;
  std::vector<Step> steps_;
};

absl::Status CopyTo(InstallPort& places, const Step& step, ImagePort& given,
                    const Candidate& candidate, const ImageFacts& facts,
                    const InstallChoice& choice) {
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
        absl::StrCat("its data contradicts its hash tree at byte ",
                     *copied->data_check.first_bad_offset));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Installation> Installer::Install(
    ImagePort& given, std::vector<Candidate> candidates,
    const InstallChoice& choice) {
  const auto known = places_.Entries();
  if (!known.ok()) return known.status();
  const CompiledPolicy& policy = loaded_.policy;
  const Targets targets(*known, policy, choice);
  Installation done;
  done.dry_run = choice.dry_run;
  Steps steps(places_, done);

  std::vector<std::string> refused(candidates.size());
  for (size_t i = 0; i < candidates.size(); ++i) {
    Candidate& candidate = candidates[i];
    const auto name = InstalledName(candidate.file_name, candidate.image_class);
    if (candidate.kind == Container::kDirectory) {
      refused[i] = "a plain directory cannot be installed: make an image of it";
    } else if (!name.ok()) {
      refused[i] = std::string(name.status().message());
    } else {
      candidate.file_name = *name;
    }
  }
  std::vector<ImageFacts> facts(candidates.size());
  Looks looks(
      candidates, given, ports_.confinement, WalkFor(policy),
      [&](const Candidate& candidate) {
        return candidate.kind != Container::kDirectory &&
               InstalledName(candidate.file_name, candidate.image_class).ok();
      });
  for (size_t i = 0; i < candidates.size(); ++i) {
    PlacedImage row;
    row.source = candidates[i].path;
    row.image_class = candidates[i].image_class;
    row.name = NameOf(candidates[i]);
    if (!refused[i].empty()) {
      looks.Skip();
      steps.Refuse(std::move(row), refused[i]);
      continue;
    }
    facts[i] = looks.Next(WholeReach(policy));
    row.size_bytes = facts[i].size_bytes;
    const SignatureStanding standing =
        ProvedStandingOf(facts[i], loaded_.trust, ports_.confinement);
    std::string why;
    const std::vector<std::string> entries = targets.Of(row.name, why);
    if (entries.empty()) steps.Refuse(row, why);
    for (const std::string& entry : entries) {
      HostFacts host = host_;
      host.entry = entry;
      const DecisionContext there{policy, loaded_.trust, host, &ports_.host};
      const Decision decision = ExplainFacts(facts[i], standing, there);
      row.entry = entry;
      row.verdict = decision.verdict;
      row.reasons = decision.reasons;
      row.why.clear();
      const bool another_os =
          OnlyForAnotherOs(decision) && entry != host_.entry;
      if (another_os) {
        row.why = "it is for another OS than the one that runs here";
      } else if (facts[i].unreadable.empty() &&
                 ActionFor(policy.mode, policy.unmergeable,
                           ActingVerdict(decision)) != Action::kStage) {
        steps.Refuse(row, decision.reasons.empty()
                              ? "policy would not have it merged"
                              : decision.reasons.front().detail);
        continue;
      } else if (!facts[i].unreadable.empty()) {
        steps.Refuse(row, facts[i].unreadable);
        continue;
      }
      steps.Plan(row, i, candidates[i].file_name);
    }
  }
  if (absl::Status room = steps.CheckRoom(); !room.ok()) return room;
  if (choice.dry_run) return done;

  bool changed = false;
  std::map<std::pair<size_t, size_t>, const Step*> copied;
  for (const Step& step : steps.all()) {
    PlacedImage& row = done.images[step.row];
    const Step*& first = copied[{step.volume.id, step.candidate}];
    absl::Status status =
        first != nullptr && step.volume.shares
            ? places_.Share(first->place, step.place, step.file_name)
            : CopyTo(places_, step, given, candidates[step.candidate],
                     facts[step.candidate], choice);
    for (const InstalledFile& file : step.replaced) {
      // Of two files of one image a boot would take the first by name.
      if (status.ok() && !absl::EqualsIgnoreCase(file.name, step.file_name)) {
        status = places_.Remove(step.place, file.name);
      }
    }
    if (!status.ok()) {
      row.placement =
          absl::IsDataLoss(status) ? Placement::kRefused : Placement::kFailed;
      row.why = std::string(status.message());
      continue;
    }
    first = &step;
    changed = true;
  }
  Finish(changed, done);
  return done;
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
        Quoted(choice.entries.empty() ? *entries : choice.entries));
    done.images.push_back(std::move(row));
  }
  Finish(changed, done);
  return done;
}

// The files that are images called one of `names`, where `choice` means. A
// place that cannot be looked at is remarked upon.
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
        if (!all)
          done.remarks.push_back(std::string(places.status().message()));
        break;
      }
      for (const InstallPlace& place : *places) {
        const auto files = places_.Files(place);
        if (!files.ok()) {
          done.remarks.push_back(std::string(files.status().message()));
          continue;
        }
        for (const InstalledFile& file : *files) {
          for (const std::string& name : names) {
            if (!IsImage(file.name, place, image_class, name)) continue;
            found.push_back({name, image_class, entry, place, file});
          }
        }
      }
    }
  }
  return found;
}

absl::StatusOr<std::vector<Report>> Installer::List() {
  const auto entries = places_.Entries();
  if (!entries.ok()) return entries.status();
  const CompiledPolicy& policy = loaded_.policy;
  std::vector<Report> reports;
  for (const std::string& entry : *entries) {
    HostFacts host = host_;
    host.entry = entry;
    Report report = ReportHead(ports_.host, host, loaded_);
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
  HostFacts host = host_;
  host.entry = entry;
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
