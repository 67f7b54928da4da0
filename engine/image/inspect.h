// bytes -> ImageFacts: reads one image, in one pass over what is needed, and
// believes nothing.
#ifndef EXTGATE_ENGINE_IMAGE_INSPECT_H_
#define EXTGATE_ENGINE_IMAGE_INSPECT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "engine/image/filesystem.h"
#include "engine/image/image_reader.h"
#include "policy/facts.h"
#include "policy/values.h"

namespace extgate {

// The name systemd gives to a file: `.raw` stripped, then `.sysext` or
// `.confext` by class. Empty when it is no name that systemd would take (no
// `.raw`, empty, `.` or `..`, a control character, not UTF-8, a leading `.#`,
// longer than 255 bytes).
std::string ImageName(absl::string_view file_name, ImageClass image_class);

// How deep to look.
enum class Depth {
  kSignaturePath,  // table, tree, signature: O(log n) reads, no filesystem
  kContents,       // and the filesystem: extension-release, forbidden paths
  kEveryBlock,     // and every data block against the tree, the file's digest
};

// Facts of `image`. Total: whatever the bytes are, facts come back; an I/O
// error ends in facts.unreadable.
ImageFacts Inspect(ImageReader& image, absl::string_view file_name,
                   ImageClass image_class, Depth depth);

// Fills release, has_os_release and forbidden_paths of `facts` from an open
// filesystem; used by Inspect, and for plain directories.
void InspectContents(Filesystem& filesystem, ImageFacts& facts);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_INSPECT_H_
