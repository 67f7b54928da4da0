// Changes of an image that cannot be taken as it lies: partitions between which
// nobody can tell, a filesystem that extgate does not read, bytes that are not
// what was signed.
#ifndef EXTGATE_ENGINE_REMEDY_RESHAPE_EDITS_H_
#define EXTGATE_ENGINE_REMEDY_RESHAPE_EDITS_H_

#include <optional>
#include <vector>

#include "engine/remedy/edit.h"
#include "policy/facts.h"

namespace extgate {

// kGoodCopy where the image itself says what a good one would be: a data block
// contradicts the tree, or the tree is damaged and the signature (without one,
// the partitions' UUIDs) still names the root hash that it had. nullopt: what
// the maker made cannot be told.
std::optional<Edit> GoodCopyEdit(const ImageFacts& facts);

// kOneLayout, at most 4, and kSupportedFilesystem, where the layout or the
// filesystem is what is in the way.
std::vector<Edit> ReshapeEdits(const ImageFacts& facts);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_REMEDY_RESHAPE_EDITS_H_
