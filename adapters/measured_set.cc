// Way in: MeasuredSet::Open.
#include "adapters/measured_set.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "adapters/boot_entries.h"
#include "adapters/booted_entry.h"
#include "adapters/file_image_reader.h"
#include "adapters/io_status.h"
#include "adapters/stub_directory.h"
#include "engine/boot/stub_version.h"
#include "engine/pcr/add_ons.h"

namespace extgate {
namespace {

constexpr char kGlobalCredentials[] = "/loader/credentials";
constexpr char kGlobalAddOns[] = "/loader/addons";
constexpr char kCredential[] = ".cred";
// The versions between which nothing that matters here has changed.
constexpr int kFirstStub = 252;
constexpr int kAnyStub = 257;

std::string NameOf(const std::string& path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

// The version of systemd-boot on a partition, where it is installed or as the
// firmware's default; nullopt: not known.
std::optional<int> BootLoaderOn(PartitionFiles& files) {
  for (const char* place : {"/EFI/systemd/systemd-boot", "/EFI/BOOT/BOOT"}) {
    const auto path =
        files.Spelled(absl::StrCat(place, FirmwareArchitecture(), ".efi"));
    if (!path.ok()) continue;
    const auto program = files.Open(*path);
    if (!program.ok()) continue;
    const int version = MarkedVersionOf(**program, kLoaderProgram);
    if (version != 0) return version;
  }
  return std::nullopt;
}

// Puts `file` in place of the one of its name.
void Replace(OfferedFile file, std::vector<OfferedFile>& files) {
  for (OfferedFile& old : files) {
    if (old.name == file.name) {
      old = std::move(file);
      return;
    }
  }
  files.push_back(std::move(file));
}

OfferedFile Given(const NamedFile& file) {
  return {file.name,
          [path = file.path]() -> absl::StatusOr<std::unique_ptr<ImageReader>> {
            return FileImageReader::OpenGiven(path);
          },
          file.path};
}

// The only entry, where `name` is empty.
absl::StatusOr<BootEntry> EntryOf(PartitionFiles& esp,
                                  const std::string& name) {
  const auto found =
      ReadBootEntries(esp, BootPartition::kEsp, FirmwareArchitecture());
  if (!found.ok()) return found.status();
  const std::vector<BootEntry>& entries = found->entries;
  if (name.empty() && entries.size() == 1) return entries.front();
  const auto called = EntriesCalled(entries, name);
  if (called.size() == 1) return *called.front();
  std::vector<std::string> ids;
  for (const BootEntry& entry : entries) ids.push_back(QuotePath(entry.Id()));
  std::sort(ids.begin(), ids.end());
  const bool several = name.empty() ? entries.size() > 1 : called.size() > 1;
  return absl::NotFoundError(absl::StrCat(
      "the ESP has ", several ? "several such entries" : "no such entry",
      "; it has ", ids.empty() ? "none" : absl::StrJoin(ids, ", ")));
}

}  // namespace

absl::StatusOr<std::unique_ptr<MeasuredSet>> MeasuredSet::Open(
    const MeasuredSetOptions& options) {
  std::unique_ptr<MeasuredSet> set(new MeasuredSet);
  set->inputs_.profile = options.profile.value_or(0);
  set->inputs_.command_line = options.command_line;
  set->inputs_.boot_loader = options.boot_loader;
  set->inputs_.secure_boot = options.secure_boot;
  set->inputs_.separator = options.separator;
  set->inputs_.phase = options.phase;
  set->inputs_.credentials_known = options.no_credentials;
  set->inputs_.add_ons_accepted = options.add_ons_accepted;
  if (!options.esp.empty()) {
    const absl::Status status = set->OpenEsp(options);
    if (!status.ok()) return status;
  }
  if (!options.kernel_image.empty()) {
    auto file = FileImageReader::OpenGiven(options.kernel_image);
    if (!file.ok()) return file.status();
    set->kernel_image_ = *std::move(file);
  }
  set->inputs_.kernel_image = set->kernel_image_.get();
  set->Install(options);
  absl::Status status = set->AddFiles(options.own, set->inputs_.own);
  if (!status.ok()) return status;
  std::vector<std::string> credentials;
  std::vector<std::string> extensions;
  std::vector<std::string> add_ons;
  for (const std::string& path : options.global) {
    (absl::EndsWithIgnoreCase(path, kCredential) ? credentials
     : IsAddOnName(path)                         ? add_ons
                                                 : extensions)
        .push_back(path);
  }
  status = set->AddFiles(credentials, set->inputs_.global_credentials);
  if (!status.ok()) return status;
  status = set->AddFiles(extensions, set->inputs_.global_extensions);
  if (!status.ok()) return status;
  status = set->AddFiles(add_ons, set->inputs_.global_add_ons);
  if (!status.ok()) return status;
  status = set->SettleStub(options.stub);
  if (!status.ok()) return status;
  return set;
}

void MeasuredSet::Hold() {
  held_.emplace();
  for (auto* files :
       {&inputs_.own, &inputs_.global_extensions, &inputs_.global_credentials,
        &inputs_.global_add_ons, &inputs_.extras}) {
    held_->Hold(*files);
  }
}

absl::Status MeasuredSet::Unchanged() const {
  if (esp_ != nullptr) {
    absl::Status status = esp_->Unchanged();
    if (!status.ok()) return status;
  }
  return held_.has_value() ? held_->Unchanged() : absl::OkStatus();
}

absl::Status MeasuredSet::OpenEsp(const MeasuredSetOptions& options) {
  auto partition = NamedPartition::Open(options.esp);
  if (!partition.ok()) return partition.status();
  esp_ = *std::move(partition);
  PartitionFiles& files = esp_->files();
  const auto entry = EntryOf(files, options.entry);
  if (!entry.ok()) return entry.status();
  entry_word_ = EntryFromId(entry->Id());
  const auto program = files.Spelled(entry->program);
  if (!program.ok()) return program.status();
  auto image = files.Open(*program);
  if (!image.ok()) return image.status();
  kernel_image_ = *std::move(image);
  const int stub =
      options.stub != 0 ? options.stub : StubVersionOf(*kernel_image_);
  if (!inputs_.boot_loader.has_value()) {
    inputs_.boot_loader = BootLoaderOn(files);
  }
  inputs_.is_its_own_entry = entry->name.kind() == BootFileKind::kUki;
  if (entry->profile != 0 && !options.profile.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat(QuotePath(entry->path()), " has `profile ", entry->profile,
                     "`, which systemd-boot of 259 and later starts, and none "
                     "before: say --profile"));
  }
  if (!entry->options.empty() && inputs_.command_line.value_or("").empty()) {
    inputs_.command_line = entry->options;
  }
  for (const std::string& path : entry->extras) {
    const auto spelled = files.Spelled(path);
    const std::string lies = spelled.ok() ? *spelled : path;
    inputs_.extras.push_back(
        {NameOf(lies), [&files, lies] { return files.Open(lies); }, lies});
  }
  absl::Status status =
      AddDirectory(StubDirectoriesOf(files, *program, stub).own, inputs_.own);
  if (!status.ok()) return status;
  status = AddDirectory(kGlobalAddOns, inputs_.global_add_ons);
  if (!status.ok()) return status;
  status = AddDirectory(kGlobalImages, inputs_.global_extensions);
  if (!status.ok()) return status;
  inputs_.credentials_known = true;
  return AddDirectory(kGlobalCredentials, inputs_.global_credentials);
}

absl::Status MeasuredSet::AddDirectory(const std::string& path,
                                       std::vector<OfferedFile>& files) {
  PartitionFiles& tree = esp_->files();
  const auto spelled = tree.Spelled(path);
  if (absl::IsNotFound(spelled.status())) return absl::OkStatus();
  if (!spelled.ok()) return spelled.status();
  const auto entries = tree.List(*spelled);
  if (!entries.ok()) return entries.status();
  for (const DirectoryEntry& entry : *entries) {
    if (entry.type == FileType::kDirectory) continue;
    const std::string file = absl::StrCat(*spelled, "/", entry.name);
    files.push_back(
        {entry.name, [&tree, file] { return tree.Open(file); }, file});
  }
  return absl::OkStatus();
}

void MeasuredSet::Install(const MeasuredSetOptions& options) {
  std::vector<OfferedFile>& own = inputs_.own;
  std::erase_if(own, [&](const OfferedFile& file) {
    return std::find(options.gone.begin(), options.gone.end(), file.name) !=
           options.gone.end();
  });
  for (const NamedFile& file : options.installed) {
    OfferedFile offered = Given(file);
    // FAT keeps the spelling of the name that is there.
    const auto old =
        esp_ == nullptr || !esp_->is_fat()
            ? own.end()
            : std::find_if(own.begin(), own.end(), [&](const OfferedFile& is) {
                return absl::EqualsIgnoreCase(is.name, file.name);
              });
    if (old != own.end()) offered.name = old->name;
    Replace(std::move(offered), own);
  }
}

absl::Status MeasuredSet::AddFiles(const std::vector<std::string>& paths,
                                   std::vector<OfferedFile>& files) {
  std::vector<std::string> names;
  for (const std::string& path : paths) {
    const std::string name = NameOf(path);
    if (std::find(names.begin(), names.end(), name) != names.end()) {
      return absl::InvalidArgumentError(
          absl::StrCat("two files are called ", QuotePath(name)));
    }
    names.push_back(name);
    Replace(Given({name, path}), files);
  }
  return absl::OkStatus();
}

// Where no version is known, it has to make no difference.
absl::Status MeasuredSet::SettleStub(int stub) {
  if (stub == 0 && kernel_image_ != nullptr) {
    stub = StubVersionOf(*kernel_image_);
  }
  if (stub == 0 &&
      (kernel_image_ != nullptr || !inputs_.global_extensions.empty() ||
       !inputs_.global_add_ons.empty() ||
       std::any_of(inputs_.own.begin(), inputs_.own.end(),
                   [](const OfferedFile& file) {
                     return IsAddOnName(file.name) ||
                            absl::EndsWithIgnoreCase(file.name, ".confext.raw");
                   }))) {
    return absl::InvalidArgumentError(
        "what is measured depends on the version of the stub, which nothing "
        "tells: say --stub");
  }
  if (stub != 0 && stub < kFirstStub) {
    return absl::InvalidArgumentError(
        absl::StrCat("nothing is known of the stub of systemd ", stub));
  }
  inputs_.stub = stub == 0 ? kAnyStub : stub;
  return absl::OkStatus();
}

}  // namespace extgate
