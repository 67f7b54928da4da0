// A squashfs filesystem: read alike twice, and below `usr` as a usr partition.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/image/buffer_reader.h"
#include "engine/image/fuzz/tree_walk.h"
#include "engine/image/squashfs.h"
#include "fuzz/fuzz.h"

namespace extgate {
namespace {

using Opened = absl::StatusOr<std::unique_ptr<Filesystem>>;

void Check(absl::Span<const uint8_t> bytes) {
  BufferReader image(bytes);
  const Opened filesystem = OpenSquashfs(image, Designator::kRoot);
  const Opened again = OpenSquashfs(image, Designator::kRoot);
  const Opened usr = OpenSquashfs(image, Designator::kUsr);
  Require(filesystem.status() == again.status() &&
              filesystem.status() == usr.status(),
          "opened alike twice");
  if (!filesystem.ok()) {
    Require(absl::IsDataLoss(filesystem.status()) ||
                absl::IsUnimplemented(filesystem.status()),
            "what is not opened is corrupt or not read here");
    return;
  }
  Require((*filesystem)->type() == "squashfs", "it says what it is");
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
  extgate::Check(input.Rest());
  return 0;
}
