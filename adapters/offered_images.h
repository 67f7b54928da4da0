// The images among the files that a stub and its boot loader find, for verbs
// that decide about them.
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
  // Those that are measured: beside the kernel image, then those for all
  // entries, then what `extra` lines name and is there, unless systemd-boot is
  // known to be too old for them. `inputs` must outlive it.
  explicit OfferedImages(const StubInputs& inputs);

  // One an image, in that order; its class is the archive's that it comes to
  // lie in. Of two whose files are called alike the path of the second has its
  // number behind it.
  WithDiagnostics<std::vector<Candidate>> Candidates(
      const HostFacts& host, const std::vector<std::string>& more) override;

  absl::StatusOr<std::unique_ptr<ImageReader>> Open(
      const Candidate& candidate) override;
  absl::StatusOr<std::string> Stamp(const Candidate& candidate) override;
  std::string Sidecar(const Candidate& candidate) override;
  absl::StatusOr<std::unique_ptr<Filesystem>> OpenDirectory(
      const Candidate& candidate) override;

 private:
  void AddTaken(const std::vector<OfferedFile>& files, StubArchive sysext,
                StubArchive confext, int stub);
  void Add(const OfferedFile& file, ImageClass image_class);

  std::vector<Candidate> candidates_;
  std::map<std::string, const OfferedFile*> files_;  // by Candidate::path
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_OFFERED_IMAGES_H_
