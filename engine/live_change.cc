// Way in: ChangeLive, which names the steps in their order.
#include "engine/live_change.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/census.h"
#include "engine/in_force.h"
#include "engine/kept_report.h"
#include "engine/own_drop_in.h"

namespace extgate {
namespace {

constexpr ImageClass kClasses[] = {ImageClass::kSysext, ImageClass::kConfext};

// By how much systemd's own limit of a unit comes before ours.
constexpr int kGraceSeconds = 10;

std::set<std::string> AddressesIn(const StagedState& state) {
  std::set<std::string> addresses;
  for (const auto& [image_class, entries] : state.sets) {
    for (const SetEntry& entry : entries) {
      if (entry.kind == SetEntry::Kind::kImage ||
          entry.kind == SetEntry::Kind::kTree) {
        addresses.insert(entry.target);
      }
    }
  }
  return addresses;
}

// What systemd reads for the units and the tool of that class.
std::vector<OwnedFile> FilesOf(ImageClass image_class,
                               const StagedState& state) {
  const std::string unit = absl::StrCat("/", MergeUnit(image_class), ".d/");
  const std::string config = absl::StrCat("/", ToWord(image_class), ".conf.d/");
  std::vector<OwnedFile> files;
  absl::c_copy_if(state.owned_files, std::back_inserter(files),
                  [&](const OwnedFile& file) {
                    return absl::StrContains(file.path, unit) ||
                           absl::StrContains(file.path, config);
                  });
  return files;
}

std::vector<OwnedFile> DropIns(const StagedState& state) {
  std::vector<OwnedFile> files;
  absl::c_copy_if(state.owned_files, std::back_inserter(files),
                  [](const OwnedFile& file) {
                    return absl::StrContains(file.path, ".service.d/");
                  });
  return files;
}

// The covers where images of that class are searched.
std::set<std::string> CoversOf(ImageClass image_class,
                               const StagedState& state) {
  std::set<std::string> covers;
  for (const SearchedPlace& place : SearchedPlaces()) {
    const std::string directory = CoverableDirectoryOf(place.path);
    if (place.image_class == image_class && state.covered.contains(directory)) {
      covers.insert(directory);
    }
  }
  return covers;
}

const HandOver& HandOverOf(ImageClass image_class, const Report& report) {
  return image_class == ImageClass::kSysext ? report.sysext : report.confext;
}

// What is staged of that class, by what is in it.
std::set<std::vector<std::string>> StagedContent(ImageClass image_class,
                                                 const Report& report) {
  std::set<std::vector<std::string>> content;
  for (const ReportedImage& image : report.images) {
    if (image.image_class != image_class || image.action != Action::kStage) {
      continue;
    }
    content.insert({image.name, image.path, image.root_hash, image.sha256,
                    absl::StrCat(image.size_bytes)});
  }
  return content;
}

bool HasDirectory(const std::vector<SetEntry>& entries) {
  return absl::c_any_of(entries, [](const SetEntry& entry) {
    return entry.kind == SetEntry::Kind::kDirectory;
  });
}

TimeSpan PatienceFor(TimeSpan timeout) {
  const int64_t seconds = (timeout.milliseconds() + 999) / 1000;
  return TimeSpan::OfSeconds(
      static_cast<int>(std::min<int64_t>(seconds + kGraceSeconds, 86400)));
}

// OK when of that class exactly what `report` stages is merged, but for what it
// leaves to systemd.
absl::Status CheckMerged(ImageClass image_class, const Report& report,
                         std::set<std::string> merged) {
  Report of_class = report;
  of_class.violations.clear();
  of_class.not_merged.clear();
  std::erase_if(of_class.images, [&](const ReportedImage& image) {
    return image.image_class != image_class;
  });
  MergedNow now;
  (image_class == ImageClass::kSysext ? now.sysext : now.confext) =
      std::move(merged);
  if (IsInForce(now, of_class)) return absl::OkStatus();
  if (!of_class.not_merged.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat(MergeUnit(image_class), ": systemd has not merged `",
                     absl::StrJoin(of_class.not_merged, "`, `"), "`"));
  }
  return absl::FailedPreconditionError(absl::StrCat(
      MergeUnit(image_class), ": ", of_class.violations.front().detail));
}

// Of a machine on which nothing was decided yet: nothing is staged.
Report NothingDecided(const Report& newer) {
  Report report = newer;
  report.outcome = Outcome::kOk;
  report.images.clear();
  report.violations.clear();
  report.diagnostics.clear();
  for (HandOver* told : {&report.sysext, &report.confext}) {
    *told = report.mode == Mode::kDisabled
                ? HandOver()
                : HandOverFor({}, report.systemd_version);
    AddSwitches(report.mode, report.systemd_version, *told);
  }
  return report;
}

// Images that were merged and should not be any more stay violations.
void AddViolations(const Report& newer, Report& report) {
  for (const ReportedImage& image : newer.images) {
    const bool refused = image.verdict == Verdict::kDeny ||
                         image.verdict == Verdict::kUnmergeable ||
                         image.verdict == Verdict::kUnreadable;
    if (!refused || image.action == Action::kStage || image.reasons.empty()) {
      continue;
    }
    const bool was_staged =
        absl::c_any_of(report.images, [&](const ReportedImage& before) {
          return before.name == image.name &&
                 before.image_class == image.image_class &&
                 before.action == Action::kStage;
        });
    if (!was_staged) continue;
    report.violations.push_back(
        {image.reasons.front().code,
         absl::StrCat("`", image.name, "` is merged still, and is ",
                      ToWord(image.verdict),
                      " by now: ", image.reasons.front().detail)});
    if (report.outcome == Outcome::kOk) report.outcome = Outcome::kViolations;
  }
}

class Change {
 public:
  Change(const Ports& ports, const LivePorts& live, const ApplyOptions& options)
      : ports_(ports), live_(live), options_(options) {}

  absl::StatusOr<LiveChange> Go() {
    if (absl::Status looked = LookBefore(); !looked.ok()) {
      live_.standing.Unlock();
      return looked;
    }
    options_.also_keep = AddressesIn(before_);
    options_.boot = ApplyOptions::Boot::kOver;
    auto applied = Apply(ports_, options_);
    if (!applied.ok()) return GoBack(applied.status(), LiveChange::End::kKept);
    patience_ = PatienceFor(applied->merge_timeout);
    measure_ = applied->measure;
    report_ = std::move(applied->report);
    if (applied->policy_refused) {
      live_.standing.Unlock();
      return LiveChange{LiveChange::End::kRefused, report_, {}, {}};
    }
    if (report_.outcome == Outcome::kBootFailed) {
      return GoBack(
          absl::FailedPreconditionError("a violation would fail the boot"),
          LiveChange::End::kBootFailed);
    }
    auto after = live_.standing.Standing();
    if (!after.ok()) return GoBack(after.status(), LiveChange::End::kKept);
    after_ = *std::move(after);
    const std::vector<ImageClass> classes = ToRefresh();
    live_.standing.Unlock();
    if (absl::Status failed = Refresh(classes); !failed.ok()) {
      return GoBack(std::move(failed), touched_.empty()
                                           ? LiveChange::End::kKept
                                           : LiveChange::End::kPutBack);
    }
    DropOldCopies();
    return LiveChange{LiveChange::End::kMerged, report_, {}, {}};
  }

 private:
  // What there is to go back to, with the lock that keeps it.
  absl::Status LookBefore() {
    for (ImageClass image_class : kClasses) {
      auto unit = live_.manager.Unit(image_class);
      if (!unit.ok()) return unit.status();
      units_[image_class] = *std::move(unit);
    }
    if (absl::Status locked = ports_.staging.Lock(); !locked.ok()) {
      return locked;
    }
    auto before = live_.standing.Standing();
    if (!before.ok()) return before.status();
    before_ = *std::move(before);
    after_ = before_;
    auto text = ports_.staging.ReadReport();
    if (!text.ok() && !absl::IsNotFound(text.status())) return text.status();
    if (!text.ok()) return absl::OkStatus();
    // One that cannot be read says no more than none.
    if (auto report = ReportFromJson(*text); report.ok()) {
      earlier_ = *std::move(report);
    }
    return absl::OkStatus();
  }

  std::vector<ImageClass> ToRefresh() {
    std::vector<ImageClass> classes;
    for (ImageClass image_class : kClasses) {
      if (NeedsRefresh(image_class)) classes.push_back(image_class);
    }
    return classes;
  }

  bool NeedsRefresh(ImageClass image_class) {
    const std::vector<SetEntry>& set = after_.sets[image_class];
    if (report_.mode == Mode::kDisabled) {
      return units_[image_class].load_state == "loaded";
    }
    if (!CheckMerged(image_class, report_, live_.standing.Merged(image_class))
             .ok()) {
      return true;
    }
    // Nothing of it was merged or is to be.
    if (set.empty() && before_.sets[image_class].empty() &&
        live_.standing.Merged(image_class).empty()) {
      return false;
    }
    return set != before_.sets[image_class] || HasDirectory(set) ||
           FilesOf(image_class, after_) != FilesOf(image_class, before_) ||
           CoversOf(image_class, after_) != CoversOf(image_class, before_) ||
           !earlier_.has_value() ||
           HandOverOf(image_class, report_) !=
               HandOverOf(image_class, *earlier_) ||
           StagedContent(image_class, report_) !=
               StagedContent(image_class, *earlier_);
  }

  // Makes systemd merge what is staged of `classes`.
  absl::Status Refresh(const std::vector<ImageClass>& classes) {
    bool stale = DropIns(after_) != DropIns(before_);
    for (ImageClass image_class : classes) {
      const EffectiveUnit& unit = units_[image_class];
      if (unit.load_state != "loaded") {
        return absl::FailedPreconditionError(
            absl::StrCat("`", unit.name, "` is ", unit.load_state));
      }
      stale |= unit.need_daemon_reload;
      for (const OwnedFile& file : DropIns(after_)) {
        stale |=
            absl::StrContains(file.path, unit.name) && !HasReadOwnDropIn(unit);
      }
    }
    if (stale) {
      if (absl::Status read = live_.manager.Reload(); !read.ok()) return read;
    }
    for (ImageClass image_class : classes) {
      touched_.push_back(image_class);
      absl::Status merged = RefreshOne(image_class, report_);
      if (!merged.ok()) return merged;
    }
    return absl::OkStatus();
  }

  // What the manager says is not enough: up to 255 the tool ends well where it
  // merged nothing, and a unit whose conditions do not hold does not run.
  absl::Status RefreshOne(ImageClass image_class, const Report& report) {
    absl::Status done = live_.manager.Refresh(image_class, patience_);
    if (!done.ok() || report.mode == Mode::kDisabled) return done;
    return CheckMerged(image_class, report, live_.standing.Merged(image_class));
  }

  // The next run drops them, where this one cannot.
  void DropOldCopies() {
    if (!ports_.staging.Lock().ok()) return;
    auto standing = live_.standing.Standing();
    if (standing.ok()) {
      (void)ports_.staging.Prune(AddressesIn(*standing));
    }
    live_.standing.Unlock();
  }

  LiveChange GoBack(absl::Status failure, LiveChange::End end) {
    LiveChange change{end, report_, std::move(failure), {}};
    Report report = ReportToKeep(change);
    change.undo = Restore(report);
    live_.standing.Unlock();
    // The manager may have read what was in between.
    if (change.undo.ok() && DropIns(after_) != DropIns(before_)) {
      change.undo = live_.manager.Reload();
    }
    for (ImageClass image_class : touched_) {
      if (!change.undo.ok()) break;
      change.undo = RefreshOne(image_class, report);
    }
    if (!change.undo.ok()) {
      change.end = LiveChange::End::kStuck;
    } else if (end != LiveChange::End::kBootFailed) {
      change.report = std::move(report);
    }
    return change;
  }

  Report ReportToKeep(const LiveChange& change) const {
    Report report = earlier_.value_or(NothingDecided(change.report));
    AddViolations(change.report, report);
    std::erase_if(report.diagnostics, [](const Diagnostic& diagnostic) {
      return diagnostic.code == DiagnosticCode::kPutBack;
    });
    report.diagnostics.push_back(
        {DiagnosticCode::kPutBack,
         Severity::kError,
         {},
         absl::StrCat("what was decided later could not be merged: ",
                      change.failure.message()),
         "once that is mended, `extgate apply --now` tries again"});
    return report;
  }

  // Files as they were; what keeps systemd from something comes first.
  absl::Status Restore(Report& report) {
    if (absl::Status locked = ports_.staging.Lock(); !locked.ok()) {
      return locked;
    }
    StagingPort& staging = ports_.staging;
    absl::Status status;
    for (const std::string& directory : before_.covered) {
      status.Update(staging.Cover(directory));
    }
    status.Update(staging.WriteOwnedFiles(before_.owned_files));
    for (ImageClass image_class : kClasses) {
      status.Update(staging.Publish(image_class, before_.sets[image_class]));
    }
    if (!status.ok()) return status;
    for (const std::string& directory : CoverableDirectories()) {
      if (before_.covered.contains(directory)) continue;
      status.Update(staging.Uncover(directory));
    }
    status.Update(staging.Prune(AddressesIn(before_)));
    // Where nothing was decided, neither now nor before, nothing is to be kept.
    if (report.time.empty()) return status;
    report.inputs = HeldInputs(ports_);
    status.Update(KeepReport(ports_, measure_, report));
    return status;
  }

  const Ports& ports_;
  const LivePorts& live_;
  ApplyOptions options_;
  std::map<ImageClass, EffectiveUnit> units_;
  StagedState before_;
  StagedState after_;
  std::optional<Report> earlier_;
  Report report_;  // of the new decision
  TimeSpan patience_;
  std::optional<MeasureTarget> measure_;  // by the policy of the new decision
  std::vector<ImageClass> touched_;       // systemd was asked to refresh them
};

}  // namespace

absl::StatusOr<LiveChange> ChangeLive(const Ports& ports, const LivePorts& live,
                                      const ApplyOptions& options) {
  return Change(ports, live, options).Go();
}

}  // namespace extgate
