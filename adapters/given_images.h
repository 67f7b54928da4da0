// Images named on the command line, by the paths as given: for verbs that look
// at files instead of places.
#ifndef EXTGATE_ADAPTERS_GIVEN_IMAGES_H_
#define EXTGATE_ADAPTERS_GIVEN_IMAGES_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/ports.h"

namespace extgate {

class GivenImages : public ImagePort {
 public:
  explicit GivenImages(std::vector<std::string> paths)
      : paths_(std::move(paths)) {}

  // One a path, in the order given. A name that ends in `.confext.raw` is a
  // confext, everything else a sysext; a directory is of that kind. Of a
  // directory of versions it is the one that systemd of `host` would pick, the
  // directory itself where there is none. What `host` does not say is the
  // newest systemd's and this machine's, so that nobody has to wait for it.
  WithDiagnostics<std::vector<Candidate>> Candidates(
      const HostFacts& host, const std::vector<std::string>& more) override;

  absl::StatusOr<std::unique_ptr<ImageReader>> Open(
      const Candidate& candidate) override;
  absl::StatusOr<std::string> Stamp(const Candidate& candidate) override;
  std::string Sidecar(const Candidate& candidate) override;
  absl::StatusOr<std::unique_ptr<Filesystem>> OpenDirectory(
      const Candidate& candidate) override;

 private:
  const std::vector<std::string> paths_;
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_GIVEN_IMAGES_H_
