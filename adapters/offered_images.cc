// Way in: OfferedImages, an ImagePort over files that a stub finds.
#include "adapters/offered_images.h"

#include "absl/strings/match.h"

namespace extgate {

OfferedImages::OfferedImages(const StubInputs& inputs) {
  for (const auto* files : {&inputs.own, &inputs.global_extensions}) {
    for (const OfferedFile& file : *files) {
      if (!absl::EndsWithIgnoreCase(file.name, ".raw")) continue;
      Candidate candidate;
      candidate.path = file.path;
      candidate.file_name = file.name;
      candidate.image_class =
          absl::EndsWithIgnoreCase(file.name, ".confext.raw")
              ? ImageClass::kConfext
              : ImageClass::kSysext;
      files_[candidate.path] = &file;
      candidates_.push_back(std::move(candidate));
    }
  }
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
