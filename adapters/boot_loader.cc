// Ways in: the members of BootLoader.
#include "adapters/boot_loader.h"

#include <fcntl.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "adapters/boot_entries.h"
#include "adapters/booted_entry.h"
#include "adapters/case_blind.h"
#include "adapters/entry_files.h"
#include "adapters/esp_notes.h"
#include "adapters/io_status.h"
#include "adapters/partition_change.h"
#include "adapters/partition_files.h"
#include "adapters/stub_directory.h"
#include "engine/boot/grub_assessment.h"
#include "engine/boot/grub_environment.h"
#include "engine/boot/stub_version.h"

namespace extgate {
namespace {

constexpr char kLoaderConf[] = "/loader/loader.conf";
constexpr uint64_t kMaxLoaderConf = uint64_t{64} * 1024;  // bytes
// The first systemd-boot that knows `preferred`.
constexpr int kPreferredSince = 260;
constexpr char kOneShot[] = "LoaderEntryOneShot";
constexpr char kDefault[] = "LoaderEntryDefault";
constexpr uint64_t kMaxCommandLine = uint64_t{64} * 1024;  // bytes

// Loader variables as text; what cannot be read is "", with a remark.
class LoaderTexts {
 public:
  explicit LoaderTexts(EfiVariables& variables) : variables_(variables) {}

  std::string Get(const char* name) {
    auto text = variables_.LoaderVariable(name);
    if (text.ok()) return *std::move(text);
    if (!absl::IsNotFound(text.status())) {
      remarks_.push_back(absl::StrCat(
          name, " is taken for not set: ", text.status().message()));
    }
    return "";
  }

  bool IsSet(const char* name) {
    return !absl::IsNotFound(variables_.LoaderVariable(name).status());
  }

  std::vector<std::string> TakeRemarks() { return std::move(remarks_); }

 private:
  EfiVariables& variables_;
  std::vector<std::string> remarks_;
};

std::string WithSlashes(std::string path) {
  std::replace(path.begin(), path.end(), '\\', '/');
  return path;
}

LoaderChoice ChoiceOf(LoaderTexts& variables, const RootDir& esp) {
  LoaderChoice choice;
  const auto spelled = SpelledPath(esp, kLoaderConf);
  if (spelled.ok()) {
    const auto text = esp.ReadSmallFile(*spelled, kMaxLoaderConf);
    if (text.ok()) choice = WithLoaderConf(choice, *text);
  }
  choice.one_shot = variables.Get(kOneShot);
  choice.default_variable = variables.Get(kDefault);
  choice.last_booted = variables.Get("LoaderEntryLastBooted");
  const int version = VersionOf(variables.Get("LoaderInfo"), "systemd-boot");
  if (version >= kPreferredSince) {
    choice.preferred_variable = variables.Get("LoaderEntryPreferred");
  } else {
    choice.preferred_file.clear();
  }
  return choice;
}

void Append(std::vector<std::string> more, std::vector<std::string>& to) {
  for (std::string& one : more) to.push_back(std::move(one));
}

bool HasWord(absl::string_view line, absl::string_view word) {
  for (absl::string_view part :
       absl::StrSplit(line, absl::ByAnyChar(" \t\n"))) {
    if (part == word) return true;
  }
  return false;
}

const RootDir* TreeOf(const BootPartitions& partitions, BootPartition which) {
  switch (which) {
    case BootPartition::kEsp:
      return &partitions.esp.tree;
    case BootPartition::kXbootldr:
      return partitions.xbootldr.has_value() ? &partitions.xbootldr->tree
                                             : nullptr;
  }
  return nullptr;
}

}  // namespace

absl::StatusOr<BootPartitions> BootLoader::Partitions() {
  const auto uuid = variables_.LoaderVariable("LoaderDevicePartUUID");
  return FindBootPartitions(places_, uuid.ok() ? *uuid : "", named_);
}

bool BootLoader::HasEntries() {
  return !named_.esp.empty() || LoaderTexts(variables_).IsSet("LoaderInfo");
}

absl::StatusOr<BootAssessment> BootLoader::Assessment() {
  LoaderTexts variables(variables_);
  if (named_.esp.empty() && IsThisMachine(places_) &&
      !variables.IsSet("LoaderInfo")) {
    return absl::NotFoundError(
        "no boot loader that knows of entries and tries has started this "
        "machine (EFI variable LoaderInfo is not set)");
  }
  const auto partitions = Partitions();
  if (!partitions.ok()) return partitions.status();
  BootAssessment assessment;
  for (const auto& [which, tree] :
       {std::pair(BootPartition::kEsp, &partitions->esp.tree),
        std::pair(BootPartition::kXbootldr,
                  TreeOf(*partitions, BootPartition::kXbootldr))}) {
    if (tree == nullptr) continue;
    MountedFiles files(*tree);
    auto found = ReadBootEntries(files, which, FirmwareArchitecture());
    if (!found.ok()) return found.status();
    for (BootEntry& entry : found->entries) {
      assessment.entries.push_back(std::move(entry));
    }
    Append(std::move(found->remarks), assessment.remarks);
  }
  SortAsShown(assessment.entries);
  assessment.choice = ChoiceOf(variables, partitions->esp.tree);
  assessment.counted_path = WithSlashes(variables.Get("LoaderBootCountPath"));
  const auto selected = EntryName::Parse(variables.Get("LoaderEntrySelected"));
  if (selected.has_value()) {
    assessment.selected = absl::AsciiStrToLower(selected->WithoutTries());
  }
  Append(variables.TakeRemarks(), assessment.remarks);
  return assessment;
}

absl::StatusOr<GrubAssessment> BootLoader::Grub() {
  const HostPath state = places_.run() / "initramfs/cos-state";
  if (!absl::IsNotFound(variables_.LoaderVariable("LoaderInfo").status()) ||
      !state.root->Exists(state.path)) {
    return absl::NotFoundError("GRUB of Kairos did not start this machine");
  }
  // In the order in which GRUB loads them: the last one counts.
  GrubEnvironment variables;
  for (const HostPath& path :
       {state / "grub_oem_env", places_.At("/oem/grubenv"),
        state / "boot_assessment"}) {
    const auto block = path.root->ReadSmallFile(path.path, kMaxGrubEnvironment);
    if (absl::IsNotFound(block.status())) continue;
    if (!block.ok()) return block.status();
    auto more = ParseGrubEnvironment(*block);
    if (!more.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(QuotePath(path.path), ": ", more.status().message()));
    }
    for (auto& [name, value] : *more) variables[name] = std::move(value);
  }
  GrubAssessment assessment = GrubAssessmentOf(variables);
  const HostPath fallback = state / "cOS/passive.img";
  assessment.has_fallback = fallback.root->Exists(fallback.path);
  const HostPath sentinel = places_.run() / "cos/upgrade_failure";
  const HostPath words = places_.Find("/proc/cmdline");
  const auto line = words.root->ReadSmallFile(words.path, kMaxCommandLine);
  assessment.fell_back = sentinel.root->Exists(sentinel.path) ||
                         (line.ok() && HasWord(*line, "upgrade_failure"));
  return assessment;
}

absl::Status BootLoader::Repair(const RootDir& partition) {
  for (const char* path : {kDescriptions, kUkis}) {
    const auto spelled = SpelledPath(partition, path);
    if (absl::IsNotFound(spelled.status())) continue;
    if (!spelled.ok()) return spelled.status();
    auto directory = partition.OpenDirectory(*spelled);
    if (!directory.ok()) return directory.status();
    auto done = EntryFiles(*std::move(directory), after_change_).Repair();
    if (!done.ok()) return done.status();
    Append(*std::move(done), told_);
  }
  return absl::OkStatus();
}

absl::Status BootLoader::Change(const RootDir& partition,
                                const std::function<absl::Status()>& change) {
  told_.clear();
  return ChangePartition(partition, [&] {
    const absl::Status status = Repair(partition);
    return status.ok() ? change() : status;
  });
}

absl::Status BootLoader::SetTries(const BootEntry& entry,
                                  const std::optional<Tries>& tries) {
  const auto partitions = Partitions();
  if (!partitions.ok()) return partitions.status();
  const RootDir* const partition = TreeOf(*partitions, entry.partition);
  if (partition == nullptr) {
    return absl::NotFoundError("the extended boot loader partition is gone");
  }
  return Change(*partition, [&] {
    const auto spelled = SpelledPath(*partition, entry.directory);
    if (!spelled.ok()) return spelled.status();
    auto directory = partition->OpenDirectory(*spelled);
    if (!directory.ok()) return directory.status();
    return EntryFiles(*std::move(directory), after_change_)
        .Rename(entry.name, entry.name.With(tries));
  });
}

absl::Status BootLoader::StartOnce(const BootEntry* entry) {
  return entry == nullptr ? variables_.ClearLoaderVariable(kOneShot)
                          : variables_.SetLoaderVariable(kOneShot, entry->Id());
}

absl::Status BootLoader::Unpin() {
  return variables_.ClearLoaderVariable(kDefault);
}

std::string BootLoader::WordOf(const BootEntry& entry) {
  return EntryFromId(entry.Id());
}

std::vector<std::string> BootLoader::ExtraDirectories(const BootEntry& entry) {
  std::vector<std::string> found;
  const auto partitions = Partitions();
  if (!partitions.ok()) return found;
  const OpenPartition* const partition =
      entry.partition == BootPartition::kEsp ? &partitions->esp
      : partitions->xbootldr.has_value()     ? &*partitions->xbootldr
                                             : nullptr;
  if (partition == nullptr) return found;
  if (entry.program.empty()) return found;
  const RootDir& tree = partition->tree;
  MountedFiles files(tree);
  const StubDirectories directories =
      StubDirectoriesOf(files, entry.program, variables_);
  for (const std::string& path : {directories.own, directories.for_all}) {
    if (path.empty()) continue;
    const auto type = tree.TypeOf(path);
    if (type.ok() && *type == FileType::kDirectory) {
      found.push_back(absl::StrCat(partition->path, path));
    }
  }
  return found;
}

absl::StatusOr<std::string> BootLoader::ReadNote(absl::string_view name) {
  const auto partitions = Partitions();
  if (!partitions.ok()) return partitions.status();
  return EspNotes(partitions->esp.tree).Read(name);
}

absl::Status BootLoader::WriteNote(absl::string_view name,
                                   absl::string_view bytes) {
  const auto partitions = Partitions();
  if (!partitions.ok()) return partitions.status();
  const RootDir& esp = partitions->esp.tree;
  return Change(esp, [&] { return EspNotes(esp).Write(name, bytes); });
}

}  // namespace extgate
