// What is free on volumes while files are written one after the other.
#ifndef EXTGATE_ENGINE_INSTALL_ROOM_ON_VOLUMES_H_
#define EXTGATE_ENGINE_INSTALL_ROOM_ON_VOLUMES_H_

#include <cstddef>
#include <cstdint>
#include <map>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "engine/install/install_port.h"

namespace extgate {

// Not thread-safe.
class RoomOnVolumes {
 public:
  // A file of `size_bytes` is written to `volume`, as `path`. OK where there is
  // room for it; ResourceExhausted, with path and figures, where not.
  absl::Status Take(const InstallVolume& volume, uint64_t size_bytes,
                    absl::string_view path);

  // Another file of `size_bytes` is gone from there.
  void GiveBack(const InstallVolume& volume, uint64_t size_bytes);

 private:
  uint64_t& FreeOn(const InstallVolume& volume);

  std::map<size_t, uint64_t> free_;  // bytes, by InstallVolume::id
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_INSTALL_ROOM_ON_VOLUMES_H_
