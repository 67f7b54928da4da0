// Way in: OfferedImages, an ImagePort over files that a stub finds.
#include "adapters/offered_images.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/pcr/stub_archive.h"

namespace extgate {

OfferedImages::OfferedImages(const StubInputs& inputs) {
  AddTaken(inputs.own, StubArchive::kSysext, StubArchive::kConfext,
           inputs.stub);
  AddTaken(inputs.global_extensions, StubArchive::kGlobalSysext,
           StubArchive::kGlobalConfext, inputs.stub);
  if (inputs.boot_loader.value_or(kExtrasSince) < kExtrasSince) return;
  for (const OfferedFile& file : inputs.extras) {
    const bool confext = absl::EndsWithIgnoreCase(file.name, ".confext.raw");
    if (!confext && !absl::EndsWithIgnoreCase(file.name, ".sysext.raw")) {
      continue;
    }
    if (absl::IsNotFound(file.open().status())) continue;
    Add(file, confext ? ImageClass::kConfext : ImageClass::kSysext);
  }
}

void OfferedImages::AddTaken(const std::vector<OfferedFile>& files,
                             StubArchive sysext, StubArchive confext,
                             int stub) {
  for (const OfferedFile& file : files) {
    if (WhyNotTaken(sysext, file.name, stub).empty()) {
      Add(file, ImageClass::kSysext);
    } else if (WhyNotTaken(confext, file.name, stub).empty()) {
      Add(file, ImageClass::kConfext);
    }
  }
}

void OfferedImages::Add(const OfferedFile& file, ImageClass image_class) {
  Candidate candidate;
  candidate.path = file.path;
  candidate.file_name = file.name;
  candidate.image_class = image_class;
  // One may be of the host, and the other of the partition.
  while (!files_.emplace(candidate.path, &file).second) {
    absl::StrAppend(&candidate.path, " (", candidates_.size() + 1, ")");
  }
  candidates_.push_back(std::move(candidate));
}

WithDiagnostics<std::vector<Candidate>> OfferedImages::Candidates(
    const HostFacts&, const std::vector<std::string>&) {
  return {candidates_, {}};
}

absl::StatusOr<std::unique_ptr<ImageReader>> OfferedImages::Open(
    const Candidate& candidate) {
  return files_.at(candidate.path)->open();
}

absl::StatusOr<std::string> OfferedImages::Stamp(const Candidate&) {
  return absl::UnimplementedError("these images are looked at once");
}

std::string OfferedImages::Sidecar(const Candidate&) {
  return "such an image is not staged";
}

absl::StatusOr<std::unique_ptr<Filesystem>> OfferedImages::OpenDirectory(
    const Candidate&) {
  return absl::NotFoundError("a stub takes no directory");
}

}  // namespace extgate
