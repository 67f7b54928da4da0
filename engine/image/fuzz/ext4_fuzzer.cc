// An ext4 filesystem, as it is and without what would stop a change early (its
// checksums): read alike twice, and below `usr` as a usr partition.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/image/buffer_reader.h"
#include "engine/image/ext4.h"
#include "engine/image/fuzz/tree_walk.h"
#include "fuzz/fuzz.h"

namespace extgate {
namespace {

using Opened = absl::StatusOr<std::unique_ptr<Filesystem>>;

void Check(absl::Span<const uint8_t> bytes) {
  BufferReader image(bytes);
  const Opened filesystem = OpenExt4(image, Designator::kRoot);
  const Opened again = OpenExt4(image, Designator::kRoot);
  const Opened usr = OpenExt4(image, Designator::kUsr);
  Require(filesystem.status() == again.status() &&
              filesystem.status() == usr.status(),
          "opened alike twice");
  if (!filesystem.ok()) {
    Require(absl::IsDataLoss(filesystem.status()) ||
                absl::IsUnimplemented(filesystem.status()),
            "what is not opened is corrupt or not read here");
    return;
  }
  Require((*filesystem)->type() == "ext4", "it says what it is");
  const std::string walk = WalkTree(**filesystem, "");
  Require(walk == WalkTree(**again, ""), "read alike twice");
  const auto above = (*usr)->List("");
  Require(above.ok() && above->size() == 1 &&
              above->front() == DirectoryEntry{"usr", FileType::kDirectory},
          "a usr partition is below `usr`");
  (*usr)->TypeOf("usr/lib/extension-release.d").IgnoreError();
}

}  // namespace
}  // namespace extgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  extgate::FuzzInput input(data, size);
  const absl::Span<const uint8_t> image = input.Rest();
  extgate::Check(image);
  // Bits 0x10 and 0x400 of the superblock's word at byte 100: checksums of
  // group descriptors, and of everything.
  if (image.size() < 2048) return 0;
  std::vector<uint8_t> unsealed(image.begin(), image.end());
  unsealed[1024 + 100] &= 0xef;
  unsealed[1024 + 101] &= 0xfb;
  extgate::Check(unsealed);
  return 0;
}
