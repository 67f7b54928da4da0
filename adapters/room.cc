// Ways in: RoomIn and NearestDirectory.
#include "adapters/room.h"

#include <sys/statvfs.h>

#include <cerrno>
#include <string>

#include "adapters/io_status.h"

namespace extgate {

absl::StatusOr<Directory> NearestDirectory(const HostPath& place) {
  std::string path = place.path;
  auto directory = place.root->OpenDirectory(path);
  while (absl::IsNotFound(directory.status()) && path.size() > 1) {
    path.resize(path.rfind('/'));
    if (path.empty()) path = "/";
    directory = place.root->OpenDirectory(path);
  }
  return directory;
}

absl::StatusOr<Room> RoomIn(const HostPath& place) {
  const auto directory = NearestDirectory(place);
  if (!directory.ok()) return directory.status();
  struct statvfs info;
  if (fstatvfs(directory->fd(), &info) != 0) {
    return ErrnoStatus(errno, "cannot look at", directory->path());
  }
  return Room{uint64_t{info.f_bavail} * info.f_frsize,
              (info.f_flag & ST_RDONLY) == 0};
}

}  // namespace extgate
