// extgate install: images into the places of the boot entries they are for, and
// the signature by which their disks open.
#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "adapters/boot_loader.h"
#include "adapters/cli/install_text.h"
#include "adapters/cli/machine.h"
#include "adapters/cli/print_report.h"
#include "adapters/cli/progress_line.h"
#include "adapters/cli/verbs.h"
#include "adapters/file_image_reader.h"
#include "adapters/given_images.h"
#include "adapters/install_places.h"
#include "adapters/io_status.h"
#include "adapters/places.h"
#include "adapters/root_dir.h"
#include "engine/crypto/libcrypto.h"
#include "engine/install/installer.h"
#include "engine/install/signature_file.h"
#include "engine/install/signature_installer.h"
#include "engine/last_seen.h"
#include "engine/pcr/signed_policy.h"

namespace extgate {
namespace {

// The images of an install medium, as Kairos calls them.
absl::StatusOr<std::vector<std::string>> ImagesOn(const std::string& medium) {
  const auto root = RootDir::Open(medium);
  if (!root.ok()) return root.status();
  const auto entries = root->ListDirectory("/");
  if (!entries.ok()) return entries.status();
  std::vector<std::string> images;
  for (const DirectoryEntry& entry : *entries) {
    if (entry.type == FileType::kRegular &&
        (absl::EndsWith(entry.name, ".sysext.raw") ||
         absl::EndsWith(entry.name, ".confext.raw"))) {
      images.push_back(absl::StrCat(medium, "/", entry.name));
    }
  }
  return images;
}

}  // namespace

int ExitStatusOf(const Installation& done) {
  int status = kExitDone;
  for (const PlacedImage& image : done.images) {
    if (image.placement == Placement::kFailed) return kExitFailed;
    if (image.placement == Placement::kRefused) status = kExitViolation;
  }
  return status;
}

namespace {

int Print(const GlobalOptions& global,
          const absl::StatusOr<Installation>& done) {
  if (!done.ok()) return Failed("install", done.status());
  std::fputs(global.format == Format::kJson
                 ? InstallationToJson(*done).c_str()
                 : InstallationText(*done, ColourOf(stdout)).c_str(),
             stdout);
  return ExitStatusOf(*done);
}

// The report of an entry, with the signatures that lie there.
std::string ListedToJson(const Report& report,
                         const std::vector<PlacedImage>& signatures) {
  std::string json = ReportToJson(report);
  json.resize(json.rfind('}'));
  absl::StripTrailingAsciiWhitespace(&json);
  absl::StrAppend(&json, ",\n \"pcr_signatures\": [");
  const char* comma = "";
  for (const PlacedImage& signature : signatures) {
    if (signature.entry != report.entry) continue;
    absl::StrAppend(&json, comma, PlacedToJson(signature));
    comma = ",";
  }
  return json + "]\n}";
}

int List(const GlobalOptions& global, Installer& installer,
         SignatureInstaller& signature_installer) {
  const auto reports = installer.List();
  if (!reports.ok()) return Failed("install --list", reports.status());
  const auto signatures = signature_installer.List();
  if (!signatures.ok()) return Failed("install --list", signatures.status());
  if (global.format == Format::kJson) {
    std::fputs(
        absl::StrCat("[",
                     absl::StrJoin(*reports, ",",
                                   [&](std::string* out, const Report& report) {
                                     out->append(ListedToJson(
                                         report, signatures->images));
                                   }),
                     "]\n")
            .c_str(),
        stdout);
  } else {
    std::fputs(
        InstalledText(*reports, signatures->images, ColourOf(stdout)).c_str(),
        stdout);
  }
  return kExitDone;
}

// Images by name, and the signature by that of its file.
int Remove(const GlobalOptions& global, Installer& installer,
           SignatureInstaller& signatures, std::vector<std::string> names,
           const InstallChoice& choice) {
  const bool signature = std::erase(names, kSignatureFile) > 0;
  absl::StatusOr<Installation> done = Installation{choice.dry_run, {}, {}, {}};
  if (!names.empty()) done = installer.Remove(names, choice);
  if (done.ok() && signature) {
    const absl::Status status =
        signatures.Remove(choice.entries, choice.dry_run, *done);
    if (!status.ok()) done = status;
  }
  return Print(global, done);
}

int PutSignature(const GlobalOptions& global, const InstallOptions& options) {
  const auto json = ReadGiven(options.pcr_signature, kMaxSignatureFile);
  if (!json.ok()) return Failed("install", json.status());
  const auto places = Places::Open(global.places);
  if (!places.ok()) return Failed("install", places.status());
  InstallPlaces where(*places, options.where);
  SignatureInstaller installer(where);
  const auto done = installer.Install(options.pcr_signature, *json,
                                      options.entries, options.dry_run);
  if (absl::IsInvalidArgument(done.status())) {
    return Failed("install", AtPath(options.pcr_signature, done.status()));
  }
  return Print(global, done);
}

}  // namespace

int InstallVerb(const GlobalOptions& global, const InstallOptions& options) {
  if (!options.pcr_signature.empty()) return PutSignature(global, options);
  std::vector<std::string> images = options.images;
  for (const std::string& medium : options.media) {
    auto found = ImagesOn(medium);
    if (!found.ok()) return Failed("install", found.status());
    if (found->empty()) {
      std::fprintf(stderr, "extgate: install: no image on %s\n",
                   medium.c_str());
    }
    images.insert(images.end(), found->begin(), found->end());
  }
  auto machine = Machine::Open(global.places, options.policies);
  if (!machine.ok()) return Failed("install", machine.status());
  BootLoader loader((*machine)->places(), options.where.partitions);
  Ports ports = (*machine)->ports();
  ports.boot = &loader;
  std::optional<LibcryptoAhead> ahead(std::in_place);
  const HostFacts host = FactsAndDate(ports).value;
  const LoadedPolicy loaded = LoadPolicy(ports);
  ahead.reset();
  if (loaded.invalid) {
    PrintDiagnostics(loaded.diagnostics, ports.policy);
    return kExitUsage;
  }
  InstallPlaces places((*machine)->places(), options.where);
  Installer installer(ports, places, host, loaded);
  SignatureInstaller signatures(places);
  InstallChoice choice;
  choice.entries = options.entries;
  choice.dry_run = options.dry_run;
  switch (options.act) {
    case InstallOptions::Act::kList:
      return List(global, installer, signatures);
    case InstallOptions::Act::kRemove:
      return Remove(global, installer, signatures, images, choice);
    case InstallOptions::Act::kInstall:
      break;
  }
  ProgressLine progress;
  choice.progress = std::ref(progress);
  GivenImages given(images);
  return Print(global, installer.Install(
                           given, given.Candidates(host, {}).value, choice));
}

}  // namespace extgate
