// What outlives a boot, as files.
#ifndef EXTGATE_ADAPTERS_STATE_DIRECTORY_H_
#define EXTGATE_ADAPTERS_STATE_DIRECTORY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "adapters/places.h"
#include "engine/ports.h"

namespace extgate {

// /var/lib/kairos/extgate where /var/lib/kairos is a directory (there /var
// itself does not outlive a boot), else /var/lib/extgate. Made when first
// written to, for root alone. Thread-compatible.
class StateDirectory : public StatePort {
 public:
  // `places` must outlive it.
  explicit StateDirectory(const Places& places) : places_(places) {}

  // InvalidArgument besides what the port says: `name` is no name of a state.
  absl::StatusOr<std::string> ReadState(absl::string_view name) override;
  absl::Status WriteState(absl::string_view name,
                          absl::string_view bytes) override;

  // Which of the two it is, below the root.
  std::string Path() const;

 private:
  const Places& places_;
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_STATE_DIRECTORY_H_
