// The set that extgate has put where systemd merges images, read back.
#ifndef EXTGATE_ADAPTERS_PUBLISHED_SET_H_
#define EXTGATE_ADAPTERS_PUBLISHED_SET_H_

#include <vector>

#include "absl/status/statusor.h"
#include "adapters/places.h"
#include "engine/ports.h"
#include "policy/values.h"

namespace extgate {

// What SetPublisher put there for that class and is there still, by name: its
// Publish() makes of it what was read. Somebody else's entries are left out.
// Errors as Directory's; a directory that is not there holds nothing.
absl::StatusOr<std::vector<SetEntry>> PublishedSet(const Places& places,
                                                   ImageClass image_class);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_PUBLISHED_SET_H_
