// Way in: PlanEntries.
#include "adapters/entry_plan.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "adapters/given_images.h"
#include "adapters/kairos_store.h"
#include "adapters/named_partition.h"
#include "adapters/stub_directory.h"
#include "adapters/stub_entries.h"
#include "engine/boot/stub_version.h"
#include "engine/install/described_places.h"
#include "engine/install/installed_name.h"
#include "engine/install/installer.h"
#include "engine/install/plan_check.h"
#include "engine/pcr/add_ons.h"
#include "policy/entry_map.h"
#include "policy/printable.h"

namespace extgate {
namespace {

constexpr char kRecovery[] = "recovery";
constexpr char kInStore[] =
    "this Kairos keeps images in its store, where no stub looks: it is not "
    "measured";
constexpr char kMovedToStore[] =
    "immucore of this Kairos moves images from beside the kernel image into "
    "its store: they are measured at the boot that finds them, and at no other";

// An entry, and where its stub looks.
struct EntryPlace {
  std::string id;
  std::string word;
  std::string directory;
};

// What changes in one directory.
struct DirectoryChange {
  std::vector<std::string> gone;
  std::vector<NamedFile> installed;
};

// All that there is to plan with.
struct Ground {
  DescribedPlaces places;
  std::vector<EntryPlace> entries;
  // Files by directory that are no images yet, and go where one is installed.
  std::map<std::string, std::vector<std::string>> leftovers;
  std::vector<std::string> remarks;
};

// The images in `directory`, as ImageFolder::Files() has them.
absl::StatusOr<std::vector<InstalledFile>> ImagesIn(
    PartitionFiles& files, const std::string& directory,
    std::vector<std::string>& empty) {
  std::vector<InstalledFile> images;
  const auto listed = files.List(directory);
  if (absl::IsNotFound(listed.status())) return images;
  if (!listed.ok()) return listed.status();
  for (const DirectoryEntry& entry : *listed) {
    if (entry.type == FileType::kDirectory || !HasImageSuffix(entry.name) ||
        absl::StartsWith(entry.name, ".")) {
      continue;
    }
    const auto file = files.Open(absl::StrCat(directory, "/", entry.name));
    if (!file.ok()) return file.status();
    if ((*file)->size_bytes() == 0) {
      empty.push_back(entry.name);
    } else {
      images.push_back({entry.name, (*file)->size_bytes()});
    }
  }
  return images;
}

absl::StatusOr<std::string> DirectoryOf(PartitionFiles& files,
                                        const std::string& program, int stub) {
  if (stub == 0) {
    const auto image = files.Open(program);
    if (!image.ok()) return image.status();
    stub = StubVersionOf(**image);
  }
  return StubDirectoriesOf(files, program, stub).own;
}

bool IsNamed(const EntryPlace& entry, const std::string& name) {
  return name.empty() || entry.word == name ||
         absl::EqualsIgnoreCase(entry.id, name);
}

absl::StatusOr<Ground> OnPartition(const MeasuredSetOptions& set) {
  const auto partition = NamedPartition::Open(set.esp);
  if (!partition.ok()) return partition.status();
  PartitionFiles& files = (*partition)->files();
  const auto found = FindStubEntries(files, BootPartition::kEsp);
  if (!found.ok()) return found.status();
  Ground ground;
  std::set<std::pair<std::string, std::string>> added;
  for (const StubEntry& entry : found->entries) {
    const auto directory = DirectoryOf(files, entry.program, set.stub);
    if (!directory.ok()) return directory.status();
    ground.entries.push_back({entry.id, entry.word, *directory});
    if (entry.word.empty() || !added.insert({entry.word, *directory}).second) {
      continue;
    }
    std::vector<std::string> empty;
    auto images = ImagesIn(files, *directory, empty);
    if (!images.ok()) return images.status();
    if ((*partition)->is_fat()) ground.leftovers[*directory] = empty;
    ground.places.Add(entry.word, *directory, *std::move(images));
  }
  for (const UnreadableEntry& entry : found->unreadable) {
    if (!IsNamed({entry.id, entry.word, ""}, set.entry)) continue;
    return absl::UnavailableError(absl::StrCat(
        "`", entry.id,
        "` would be left out, since its program cannot be read: ", entry.why));
  }
  for (const std::string& id : found->others) {
    ground.remarks.push_back(absl::StrCat(
        "`", id,
        "` starts no unified kernel image: no stub measures anything for it"));
  }
  return ground;
}

Ground ByPolicy(const MeasuredSetOptions& set, const CompiledPolicy& policy) {
  std::set<std::string> words = {"active", "passive"};
  if (!set.entry.empty()) words.insert(set.entry);
  for (const CompiledEntryMapping& mapping : policy.entries) {
    words.insert(mapping.entries.begin(), mapping.entries.end());
  }
  words.erase(kEveryEntry);
  Ground ground;
  for (const std::string& word : words) {
    ground.entries.push_back({"", word, word});
    ground.places.Add(word, word, {});
  }
  return ground;
}

bool IsMeasuredBesideImages(absl::string_view path) {
  return absl::EndsWithIgnoreCase(path, ".cred") || IsAddOnName(path);
}

// What the steps of `plan` change, by directory.
std::map<std::string, DirectoryChange> ChangesOf(const InstallPlan& plan,
                                                 const Ground& ground) {
  std::map<std::string, DirectoryChange> changes;
  for (const InstallStep& step : plan.steps) {
    DirectoryChange& change = changes[step.place.below];
    if (change.installed.empty()) {
      const auto left = ground.leftovers.find(step.place.below);
      if (left != ground.leftovers.end()) change.gone = left->second;
    }
    for (std::string& name : step.TakenAway()) {
      change.gone.push_back(std::move(name));
    }
    change.installed.push_back(
        {step.file_name, plan.candidates[step.candidate].path});
  }
  return changes;
}

// Where there is a store, images for others than recovery go there.
void SendToStore(InstallPlan& plan) {
  std::erase_if(plan.steps, [&](const InstallStep& step) {
    PlacedImage& row = plan.installation.images[step.row];
    if (row.entry == kRecovery) return false;
    row.path.clear();
    row.why = kInStore;
    return true;
  });
}

}  // namespace

absl::StatusOr<EntryPlan> PlanEntries(const MeasuredSetOptions& set,
                                      const Places& places, const Ports& ports,
                                      const HostFacts& host,
                                      const LoadedPolicy& loaded) {
  auto ground =
      set.esp.empty() ? ByPolicy(set, loaded.policy) : OnPartition(set);
  if (!ground.ok()) return ground.status();
  MeasuredSetOptions common = set;
  common.own.clear();
  std::vector<std::string> paths;
  for (const std::string& path : set.own) {
    (IsMeasuredBesideImages(path) ? common.own : paths).push_back(path);
  }

  GivenImages given(paths);
  Installer installer(ports, ground->places, host, loaded);
  InstallChoice choice;
  choice.dry_run = true;
  auto plan =
      installer.PlanInstall(given, given.Candidates(host, {}).value, choice);
  if (!plan.ok()) return plan.status();
  CheckData(given, *plan);
  EntryPlan result;
  result.remarks = std::move(ground->remarks);
  if (HasKairosStore(places)) {
    SendToStore(*plan);
    result.remarks.push_back(kMovedToStore);
  }

  auto changes = ChangesOf(*plan, *ground);
  std::set<std::string> words;
  for (EntryPlace& entry : ground->entries) {
    if (!IsNamed(entry, set.entry)) continue;
    words.insert(entry.word);
    PlannedEntry planned{entry.id, entry.word, common};
    planned.set.entry = entry.id;
    planned.set.gone = changes[entry.directory].gone;
    planned.set.installed = changes[entry.directory].installed;
    result.entries.push_back(std::move(planned));
  }
  if (result.entries.empty()) {
    std::vector<std::string> ids;
    for (const EntryPlace& entry : ground->entries) ids.push_back(entry.id);
    return absl::NotFoundError(absl::StrCat(
        "the ESP has no such entry with a unified kernel image; it has ",
        ids.empty() ? "none" : absl::StrJoin(ids, ", ")));
  }
  result.installation = std::move(plan->installation);
  std::erase_if(result.installation.images, [&](const PlacedImage& row) {
    return !row.entry.empty() && words.count(row.entry) == 0;
  });
  return result;
}

}  // namespace extgate
