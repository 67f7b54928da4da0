// Images named on the command line, by the paths as given: for verbs that look
// at files instead of places.
#ifndef EXTGATE_ADAPTERS_GIVEN_IMAGES_H_
#define EXTGATE_ADAPTERS_GIVEN_IMAGES_H_

#include <memory>
#include <string>
#include <vector>

#include "engine/ports.h"

namespace extgate {

class GivenImages : public ImagePort {
 public:
  explicit GivenImages(const std::vector<std::string>& paths);

  // One a path, in the order given. A name that ends in `.confext.raw` is a
  // confext, everything else a sysext; a directory is of that kind.
  WithDiagnostics<std::vector<Candidate>> Candidates(
      const HostFacts& host) override;

  absl::StatusOr<std::unique_ptr<ImageReader>> Open(
      const Candidate& candidate) override;
  absl::StatusOr<std::string> Stamp(const Candidate& candidate) override;
  absl::StatusOr<std::unique_ptr<Filesystem>> OpenDirectory(
      const Candidate& candidate) override;

 private:
  std::vector<Candidate> candidates_;
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_GIVEN_IMAGES_H_
