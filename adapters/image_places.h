// Where images are found: extgate's sources, and what systemd would find by
// itself.
#ifndef EXTGATE_ADAPTERS_IMAGE_PLACES_H_
#define EXTGATE_ADAPTERS_IMAGE_PLACES_H_

#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "adapters/mount_view.h"
#include "adapters/places.h"
#include "engine/ports.h"

namespace extgate {

// Thread-compatible. Nothing is cached. What counts as an image is
// image_search.h's; what lies below a cover of extgate's is found there as if
// there were none.
class ImagePlaces : public ImagePort {
 public:
  // `places` must outlive it.
  explicit ImagePlaces(const Places& places) : places_(&places) {}

  // Live media have no candidates.
  WithDiagnostics<std::vector<Candidate>> Candidates(
      const HostFacts& host, const std::vector<std::string>& more) override;
  absl::StatusOr<std::unique_ptr<ImageReader>> Open(
      const Candidate& candidate) override;
  absl::StatusOr<std::string> Stamp(const Candidate& candidate) override;
  std::string Sidecar(const Candidate& candidate) override;
  absl::StatusOr<std::unique_ptr<Filesystem>> OpenDirectory(
      const Candidate& candidate) override;

 private:
  // Where the bytes of a candidate are: below our own cover, if there is one.
  HostPath PlaceOf(const Candidate& candidate);
  const RootDir& Uncovered();

  const Places* places_;
  std::optional<MountView> uncovered_;
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_IMAGE_PLACES_H_
