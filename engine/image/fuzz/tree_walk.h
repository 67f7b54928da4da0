// All that can be asked of a filesystem inside an image.
#ifndef EXTGATE_ENGINE_IMAGE_FUZZ_TREE_WALK_H_
#define EXTGATE_ENGINE_IMAGE_FUZZ_TREE_WALK_H_

#include <string>

#include "absl/strings/string_view.h"
#include "engine/image/filesystem.h"

namespace extgate {

// Walks the tree from `root` on, as far as a bound goes, and checks on the way
// what engine/image/filesystem.h promises of any filesystem. Returns every
// answer, paths below `root`: two walks over equal bytes give equal texts.
std::string WalkTree(Filesystem& filesystem, absl::string_view root);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_FUZZ_TREE_WALK_H_
