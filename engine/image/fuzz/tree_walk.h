// All that can be asked of a filesystem inside an image.
#ifndef EXTGATE_ENGINE_IMAGE_FUZZ_TREE_WALK_H_
#define EXTGATE_ENGINE_IMAGE_FUZZ_TREE_WALK_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/image/filesystem.h"
#include "engine/image/image_reader.h"
#include "policy/values.h"

namespace extgate {

// Walks the tree from `root` on, as far as a bound goes, and checks on the way
// what engine/image/filesystem.h promises of any filesystem. Returns every
// answer, paths below `root`: two walks over equal bytes give equal texts.
std::string WalkTree(Filesystem& filesystem, absl::string_view root);

// How a kind of filesystem is opened: OpenErofs and the like.
using OpenFilesystem = absl::StatusOr<std::unique_ptr<Filesystem>> (*)(
    ImageReader& image, Designator designator);

// Requires of the filesystem in `bytes`, which says that it is `type`: opened
// and read alike twice, and below `usr` as a usr partition; of what is not
// opened that it is corrupt or not read here.
void CheckFilesystem(absl::Span<const uint8_t> bytes, OpenFilesystem open,
                     absl::string_view type);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_FUZZ_TREE_WALK_H_
