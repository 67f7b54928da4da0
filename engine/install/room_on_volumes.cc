// Ways in: the members of RoomOnVolumes.
#include "engine/install/room_on_volumes.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace extgate {
namespace {

uint64_t Rounded(uint64_t size_bytes, const InstallVolume& volume) {
  const uint64_t block = std::max<uint64_t>(volume.block_bytes, 1);
  const uint64_t over = size_bytes % block;
  return over == 0 ? size_bytes : size_bytes + (block - over);
}

}  // namespace

absl::Status RoomOnVolumes::Take(const InstallVolume& volume,
                                 uint64_t size_bytes, absl::string_view path) {
  uint64_t& left = FreeOn(volume);
  const uint64_t need = Rounded(size_bytes, volume);
  if (need > left) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "no room for `", path, "`: it takes ", need, " bytes, and ", left,
        left == volume.free_bytes ? " are free"
                                  : " of those that are free are left by then",
        "; nothing was written"));
  }
  left -= need;
  return absl::OkStatus();
}

void RoomOnVolumes::GiveBack(const InstallVolume& volume, uint64_t size_bytes) {
  FreeOn(volume) += Rounded(size_bytes, volume);
}

uint64_t& RoomOnVolumes::FreeOn(const InstallVolume& volume) {
  return free_.try_emplace(volume.id, volume.free_bytes).first->second;
}

}  // namespace extgate
