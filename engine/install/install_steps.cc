// Ways in: the members of InstallSteps and InstallStep, and DataContradicts.
#include "engine/install/install_steps.h"

#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/install/installed_name.h"
#include "engine/install/room_on_volumes.h"

namespace extgate {

std::vector<std::string> InstallStep::TakenAway() const {
  std::vector<std::string> names;
  for (const InstalledFile& file : replaced) {
    if (!absl::EqualsIgnoreCase(file.name, file_name)) {
      names.push_back(file.name);
    }
  }
  return names;
}

std::string DataContradicts(uint64_t offset) {
  return absl::StrCat("its data contradicts its hash tree at byte ", offset);
}

void InstallSteps::Plan(PlacedImage row, size_t candidate,
                        const std::string& file_name) {
  const auto places = places_.PlacesOf(row.entry, *row.image_class);
  if (!places.ok()) return Refuse(std::move(row), places.status().message());
  for (const InstallPlace& place : *places) {
    PlanOne(row, candidate, place, file_name);
  }
}

void InstallSteps::Refuse(PlacedImage row, absl::string_view why) {
  row.placement = Placement::kRefused;
  row.why = std::string(why);
  done_.images.push_back(std::move(row));
}

absl::Status InstallSteps::CheckRoom() const {
  RoomOnVolumes room;
  std::set<std::pair<size_t, size_t>> copied;  // volumes and candidates
  for (const InstallStep& step : steps_) {
    const InstallVolume& volume = step.volume;
    const bool first = copied.insert({volume.id, step.candidate}).second;
    if (volume.shares && !first) continue;
    const PlacedImage& row = done_.images[step.row];
    absl::Status taken = room.Take(volume, row.size_bytes, row.path);
    if (!taken.ok()) return taken;
    // Others may share what is replaced.
    if (volume.shares) continue;
    for (const InstalledFile& file : step.replaced) {
      room.GiveBack(volume, file.size_bytes);
    }
  }
  return absl::OkStatus();
}

void InstallSteps::PlanOne(PlacedImage row, size_t candidate,
                           const InstallPlace& place,
                           const std::string& file_name) {
  row.path = absl::StrCat(place.directory, "/", file_name);
  const auto volume = places_.VolumeOf(place);
  const auto files = places_.Files(place);
  if (!volume.ok() || !files.ok()) {
    const absl::Status& status = volume.ok() ? files.status() : volume.status();
    row.placement = Placement::kFailed;
    row.why = std::string(status.message());
    done_.images.push_back(std::move(row));
    return;
  }
  if (row.size_bytes > volume->most_bytes) {
    return Refuse(std::move(row),
                  absl::StrCat("it has ", row.size_bytes,
                               " bytes, and no file there can have more than ",
                               volume->most_bytes));
  }
  for (const InstallStep& step : steps_) {
    const PlacedImage& other = done_.images[step.row];
    if (other.path == row.path) {
      return Refuse(std::move(row),
                    absl::StrCat("`", other.source, "` goes there"));
    }
  }
  InstallStep step{done_.images.size(), candidate, place, *volume,
                   file_name,           {}};
  for (const InstalledFile& file : *files) {
    if (IsFileOf(file.name, place.of_both_classes, *row.image_class,
                 row.name)) {
      step.replaced.push_back(file);
    }
  }
  row.placement = step.replaced.empty() ? Placement::kNew : Placement::kReplace;
  done_.images.push_back(std::move(row));
  steps_.push_back(std::move(step));
}

}  // namespace extgate
