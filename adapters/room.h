// How much more a place takes.
#ifndef EXTGATE_ADAPTERS_ROOM_H_
#define EXTGATE_ADAPTERS_ROOM_H_

#include "absl/status/statusor.h"
#include "adapters/directory.h"
#include "adapters/places.h"
#include "engine/doctor.h"

namespace extgate {

// `place`, or the nearest directory above it that is there. Errors as
// RootDir::OpenDirectory.
absl::StatusOr<Directory> NearestDirectory(const HostPath& place);

// Of the file system that holds `place`, or would once it is made. Errors as
// ErrnoStatus().
absl::StatusOr<Room> RoomIn(const HostPath& place);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_ROOM_H_
