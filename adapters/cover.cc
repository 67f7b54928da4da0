// Ways in: IsCovered, CoverDirectory and UncoverDirectory.
#include "adapters/cover.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdint>
#include <set>

#include "adapters/directory.h"
#include "adapters/io_status.h"
#include "adapters/mount_view.h"
#include "adapters/staging_layout.h"

namespace extgate {
namespace {

// Covers on top of each other, which two runs could make, all go.
constexpr int kMostCovers = 16;

absl::StatusOr<UniqueFd> OpenPlace(const HostPath& place) {
  return place.root->OpenAt(place.path, O_PATH | O_DIRECTORY);
}

HostPath EmptyDirectory(const Places& places) {
  return places.run() / kPrivateDirectory / kEmptyDirectory;
}

}  // namespace

bool IsCovered(const Places& places, absl::string_view directory) {
  auto empty = OpenPlace(EmptyDirectory(places));
  auto place = OpenPlace(places.At(directory));
  struct stat ours;
  struct stat there;
  return empty.ok() && place.ok() && fstat(empty->get(), &ours) == 0 &&
         fstat(place->get(), &there) == 0 && ours.st_dev == there.st_dev &&
         ours.st_ino == there.st_ino;
}

std::vector<std::string> CoveredDirectories(
    const Places& places, const std::vector<std::string>& directories) {
  std::vector<std::string> covered;
  std::set<uint64_t> mounts;
  for (const std::string& directory : directories) {
    if (!IsCovered(places, directory)) continue;
    auto place = OpenPlace(places.At(directory));
    struct statx info = {};
    if (!place.ok() ||
        statx(place->get(), "", AT_EMPTY_PATH, STATX_MNT_ID, &info) != 0) {
      continue;
    }
    // A kernel before 5.8 does not number mounts: they are told apart by path.
    if ((info.stx_mask & STATX_MNT_ID) == 0 ||
        mounts.insert(info.stx_mnt_id).second) {
      covered.push_back(directory);
    }
  }
  return covered;
}

absl::Status CoverDirectory(const Places& places, absl::string_view directory) {
  if (IsCovered(places, directory)) return absl::OkStatus();
  const HostPath empty = EmptyDirectory(places);
  if (auto made = empty.root->MakeDirectories(empty.path, 0555); !made.ok()) {
    return made.status();
  }
  auto from = OpenPlace(empty);
  if (!from.ok()) return from.status();
  auto place = OpenPlace(places.At(directory));
  if (!place.ok()) return place.status();
  if (mount(DescriptorPath(*from).c_str(), DescriptorPath(*place).c_str(),
            nullptr, MS_BIND, nullptr) != 0) {
    return ErrnoStatus(errno, "cannot cover", directory);
  }
  // By the path again: the descriptor still means what is below.
  auto covered = OpenPlace(places.At(directory));
  if (!covered.ok()) return covered.status();
  if (mount(nullptr, DescriptorPath(*covered).c_str(), nullptr,
            MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
            nullptr) != 0) {
    return ErrnoStatus(errno, "cannot make read-only", directory);
  }
  return absl::OkStatus();
}

absl::Status UncoverDirectory(const Places& places,
                              absl::string_view directory) {
  for (int i = 0; i < kMostCovers && IsCovered(places, directory); ++i) {
    absl::Status status =
        DetachMount(places.root(), directory, "cannot uncover");
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace extgate
