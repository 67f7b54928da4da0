// The shell lines that make the image anew.
#ifndef EXTGATE_ENGINE_REMEDY_REBUILD_H_
#define EXTGATE_ENGINE_REMEDY_REBUILD_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/remedy/edit.h"
#include "policy/facts.h"

namespace extgate {

// Lines for sh(1) that take the filesystem out of the image at `path`, change
// its tree as kChangeRelease and kRemoveFiles of `edits` say, and put a hash
// tree and, for kSign, a signature around it: with dd, erofs-utils,
// squashfs-tools and systemd-repart, in the current directory, leaving an image
// of the right file name there. Of KEY and CERT, which the lines use, a comment
// says what they are. Empty when none of these is among `edits`, and for an
// image of root and usr, which are two trees.
std::vector<std::string> RebuildCommands(const std::vector<Edit>& edits,
                                         const ImageFacts& facts,
                                         const HostFacts& host,
                                         absl::string_view path);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_REMEDY_REBUILD_H_
