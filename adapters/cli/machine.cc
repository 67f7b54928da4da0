// One way in: Machine::Open.
#include "adapters/cli/machine.h"

#include <cstdio>
#include <utility>

#include "policy/printable.h"

namespace extgate {

Machine::Machine(Places places, const std::vector<std::string>& policies)
    : places_(std::move(places)),
      firmware_(places_),
      host_(places_, firmware_),
      policy_(policies.empty() ? PolicyFiles(places_)
                               : PolicyFiles(places_, policies)),
      images_(places_),
      staging_(places_),
      state_(places_),
      boot_loader_(places_, {}),
      measurement_(places_) {}

absl::StatusOr<std::unique_ptr<Machine>> Machine::Open(
    const PlaceOptions& options, const std::vector<std::string>& policies) {
  auto places = Places::Open(options);
  if (!places.ok()) return places.status();
  return std::unique_ptr<Machine>(new Machine(*std::move(places), policies));
}

int Failed(absl::string_view what, const absl::Status& status) {
  std::fprintf(stderr, "extgate: %s: %s\n", PrintableText(what).c_str(),
               PrintableText(status.message()).c_str());
  return kExitFailed;
}

}  // namespace extgate
