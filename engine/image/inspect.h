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

// Whether the tree of names is walked over besides, for ImageFacts::tree; never
// on the signature path.
enum class TreeWalk { kNo, kYes };

// How far a look goes; a Depth alone is one without a walk.
struct Reach {
  Reach(Depth d, TreeWalk w = TreeWalk::kNo) : depth(d), walk(w) {}  // NOLINT
  Depth depth;
  TreeWalk walk;
};

// The steps of a look, in order. Each is total: whatever the bytes are, facts
// come back; an I/O error ends in facts.unreadable, after which the next ones
// do nothing.

// Table, layout, hash tree and signature partition: formats with parsers of our
// own, small enough to be sure of. The PKCS#7 is taken out, not looked into.
ImageFacts InspectOutside(ImageReader& image, absl::string_view file_name,
                          ImageClass image_class);

// The filesystem, each block of it checked against the tree where there is one.
// A block that contradicts it ends the looking: facts.data_check says where,
// and what was read before is dropped. Hostile bytes meet decompressors and
// others' libraries here: see engine/confinement.h.
void InspectFilesystem(ImageReader& image, TreeWalk walk, ImageFacts& facts);

// Looks into the PKCS#7; as hostile as above.
void InspectSignature(ImageFacts& facts);

// Finds out, where a signer is not trusted, whether it is who it says (see
// ProveEmbedded); as hostile as above.
void InspectStrangers(ImageFacts& facts);

// Every data block against the tree, and the digest of the file.
void InspectEveryBlock(ImageReader& image, ImageFacts& facts);

// All of it within `reach`, here and now. The program looks in confinement
// (engine/confined_look.h); this is for tests, and for bytes of our own.
ImageFacts Inspect(ImageReader& image, absl::string_view file_name,
                   ImageClass image_class, Reach reach);

// Fills release, has_os_release and forbidden_paths of `facts` from an open
// filesystem; used by InspectFilesystem, and for plain directories. Where part
// of it cannot be looked at, facts.filesystem (facts.unreadable of a directory,
// and after an I/O error) says so, and none of the three says anything.
void InspectContents(Filesystem& filesystem, ImageFacts& facts);

// Fills facts.tree by one walk over an open filesystem: malformed or
// unsupported where that cannot be done to its end, or where a name or a target
// is not UTF-8, so that no pattern can be sure of it.
void InspectTree(Filesystem& filesystem, ImageFacts& facts);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_IMAGE_INSPECT_H_
