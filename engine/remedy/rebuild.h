// The shell lines that make the image anew.
#ifndef EXTGATE_ENGINE_REMEDY_REBUILD_H_
#define EXTGATE_ENGINE_REMEDY_REBUILD_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/remedy/edit.h"
#include "policy/facts.h"

namespace extgate {

// Lines for sh(1) that take the filesystem out of the image at `path` (for
// kOneLayout: that of its partitions; of root and usr both, into one tree),
// change its tree as kChangeRelease, kRemoveFiles and kSupportedFilesystem of
// `edits` say, and put a hash tree and, for kSign, a signature around it: with
// dd, erofs-utils, squashfs-tools and systemd-repart, in the current directory,
// leaving an image of the right file name there. A filesystem for which no tool
// without privileges is at hand is mounted. Of KEY and CERT, which the lines
// use, a comment says what they are. Empty when none of these is among `edits`.
std::vector<std::string> RebuildCommands(const std::vector<Edit>& edits,
                                         const ImageFacts& facts,
                                         const HostFacts& host,
                                         absl::string_view path);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_REMEDY_REBUILD_H_
