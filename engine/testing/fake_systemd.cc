// The part of FakeHost that a live change asks: what stands, and systemd.
#include <algorithm>
#include <iterator>

#include "absl/strings/match.h"
#include "engine/testing/fake_host.h"

namespace extgate {
namespace {

std::vector<OwnedFile> DropIns(const std::vector<OwnedFile>& files) {
  std::vector<OwnedFile> drop_ins;
  std::copy_if(files.begin(), files.end(), std::back_inserter(drop_ins),
               [](const OwnedFile& file) {
                 return absl::StrContains(file.path, ".service.d/");
               });
  return drop_ins;
}

}  // namespace

absl::Status FakeHost::Lock() {
  if (absl::Status status = Count("lock"); !status.ok()) return status;
  locked = true;
  return absl::OkStatus();
}

absl::StatusOr<StagedState> FakeHost::Standing() {
  if (absl::Status status = Count("standing"); !status.ok()) return status;
  StagedState standing;
  for (ImageClass image_class : {ImageClass::kSysext, ImageClass::kConfext}) {
    standing.sets[image_class] = sets[image_class];
  }
  standing.owned_files = owned_files;
  standing.covered = covered;
  return standing;
}

absl::StatusOr<EffectiveUnit> FakeHost::Unit(ImageClass image_class) {
  if (absl::Status status = Count("unit"); !status.ok()) return status;
  EffectiveUnit unit;
  unit.name = MergeUnit(image_class);
  unit.load_state =
      missing_units.contains(image_class) ? "not-found" : "loaded";
  unit.active_state = "active";
  for (const OwnedFile& file : files_read) {
    if (absl::StrContains(file.path, unit.name)) {
      unit.drop_in_paths.push_back(file.path);
    }
  }
  // As up to 254: the first file of a new directory is not seen.
  unit.need_daemon_reload =
      !unit.drop_in_paths.empty() && files_read != DropIns(owned_files);
  return unit;
}

absl::Status FakeHost::Reload() {
  if (absl::Status status = Count("reload"); !status.ok()) return status;
  files_read = DropIns(owned_files);
  return absl::OkStatus();
}

absl::Status FakeHost::Refresh(ImageClass image_class, TimeSpan) {
  if (absl::Status status = Count("refresh"); !status.ok()) return status;
  if (locked) return absl::DeadlineExceededError("the unit waits for the lock");
  ++refreshes[image_class];
  if (unit_runs) {
    const absl::Status run = unit_runs(image_class);
    locked = false;  // that process has ended
    if (!run.ok()) return run;
  }
  const std::vector<SetEntry>& set = sets[image_class];
  if (on_merge) {
    if (absl::Status status = on_merge(set); !status.ok()) {
      return merge_ends_well ? absl::OkStatus() : status;
    }
  }
  std::set<std::string>& now = merged[image_class];
  now.clear();
  for (const SetEntry& entry : set) {
    if (entry.kind != SetEntry::Kind::kMask) now.insert(entry.name);
  }
  return absl::OkStatus();
}

}  // namespace extgate
