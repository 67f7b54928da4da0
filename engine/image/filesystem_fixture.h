// For tests of filesystem readers: a source tree with every kind of thing in
// it, images made of it by the real tools, and the comparison of the two.
#ifndef EXTGATE_ENGINE_IMAGE_FILESYSTEM_FIXTURE_H_
#define EXTGATE_ENGINE_IMAGE_FILESYSTEM_FIXTURE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/image/filesystem.h"

namespace extgate {

// Writes a tree below the test's temporary directory: files of 0 bytes to
// 1 MiB, compressible and not, a directory of 1500 names, deep directories,
// symlinks of every sort, extended attributes. Aborts the program if it cannot.
std::string MakeSourceTree();

// One such tree for all tests of a program, made when it is first asked for.
const std::string& SharedSourceTree();

// A tree of what a merged file can do harm with: setuid, setgid and sticky
// bits, owners beyond 16 bits, devices, a whiteout, a FIFO, a socket, and every
// attribute of kWalkedXattrs; what the test may not make is left out. And a
// directory below each other, kMaxWalkedDepth deep.
const std::string& SpecialSourceTree();

// Writes one file, with the directories above it.
void WriteSourceFile(const std::string& path, absl::string_view content);

// Sets an extended attribute of a file.
void SetSourceXattr(const std::string& path, const char* name,
                    absl::string_view value);

// Runs `command` (a shell command line), which must succeed and write
// `image_path`, and returns what it wrote. Aborts the program if not.
std::vector<uint8_t> MakeImage(const std::string& command,
                               const std::string& image_path);

// A path below the test's temporary directory that nobody has used.
std::string NewTemporaryPath(absl::string_view name);

// The bytes of a file; aborts the program if there is none.
std::vector<uint8_t> ReadHostFile(const std::string& path);

// Everything in which `filesystem` differs from the directory `source`: one
// line a difference, empty when alike. Compares names, types, content, symlink
// resolution and user.* attributes.
std::vector<std::string> Differences(Filesystem& filesystem,
                                     const std::string& source);

// Everything in which a walk of `filesystem` differs from the directory
// `source`: one line a difference, empty when alike. Sizes of directories are
// not compared.
std::vector<std::string> WalkDifferences(Filesystem& filesystem,
                                         const std::string& source);

// Does everything that an inspection would do and more, with whatever outcome:
// for corrupt images, where only coming back matters. Returns how many calls
// succeeded.
int Exercise(Filesystem& filesystem);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_FILESYSTEM_FIXTURE_H_
