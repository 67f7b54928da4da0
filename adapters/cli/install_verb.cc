// extgate install: images into the places of the boot entries they are for.
#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "adapters/boot_loader.h"
#include "adapters/cli/install_text.h"
#include "adapters/cli/machine.h"
#include "adapters/cli/print_report.h"
#include "adapters/cli/progress_line.h"
#include "adapters/cli/verbs.h"
#include "adapters/given_images.h"
#include "adapters/install_places.h"
#include "adapters/root_dir.h"
#include "engine/crypto/libcrypto.h"
#include "engine/install/installer.h"
#include "engine/last_seen.h"

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

int List(const GlobalOptions& global, Installer& installer) {
  const auto reports = installer.List();
  if (!reports.ok()) return Failed("install --list", reports.status());
  if (global.format == Format::kJson) {
    std::fputs(
        absl::StrCat("[",
                     absl::StrJoin(*reports, ",",
                                   [](std::string* out, const Report& report) {
                                     out->append(ReportToJson(report));
                                   }),
                     "]\n")
            .c_str(),
        stdout);
  } else {
    std::fputs(InstalledText(*reports, ColourOf(stdout)).c_str(), stdout);
  }
  return kExitDone;
}

}  // namespace

int InstallVerb(const GlobalOptions& global, const InstallOptions& options) {
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
  InstallChoice choice;
  choice.entries = options.entries;
  choice.dry_run = options.dry_run;
  switch (options.act) {
    case InstallOptions::Act::kList:
      return List(global, installer);
    case InstallOptions::Act::kRemove:
      return Print(global, installer.Remove(images, choice));
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
