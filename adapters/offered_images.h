// The images among the files that a stub finds, for verbs that decide about
// them.
#ifndef EXTGATE_ADAPTERS_OFFERED_IMAGES_H_
#define EXTGATE_ADAPTERS_OFFERED_IMAGES_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/pcr/prediction.h"
#include "engine/ports.h"

namespace extgate {

class OfferedImages : public ImagePort {
 public:
  // Those beside the kernel image, then those for all entries. `inputs` must
  // outlive it.
  explicit OfferedImages(const StubInputs& inputs);

  // One an image, in that order; its class is the stub's: what ends in
  // `.confext.raw` is a confext.
  WithDiagnostics<std::vector<Candidate>> Candidates(
      const HostFacts& host, const std::vector<std::string>& more) override;

  absl::StatusOr<std::unique_ptr<ImageReader>> Open(
      const Candidate& candidate) override;
  absl::StatusOr<std::string> Stamp(const Candidate& candidate) override;
  std::string Sidecar(const Candidate& candidate) override;
  absl::StatusOr<std::unique_ptr<Filesystem>> OpenDirectory(
      const Candidate& candidate) override;

 private:
  std::vector<Candidate> candidates_;
  std::map<std::string, const OfferedFile*> files_;  // by Candidate::path
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_OFFERED_IMAGES_H_
