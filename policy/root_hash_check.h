// Whether everything in an image that names its root hash names the one that
// its hash tree has.
// Source: uapi-group discoverable partitions (the data partition's UUID is the
// first 16 bytes of the root hash, the verity partition's the last 16).
#ifndef EXTGATE_POLICY_ROOT_HASH_CHECK_H_
#define EXTGATE_POLICY_ROOT_HASH_CHECK_H_

#include <optional>
#include <string>

#include "policy/facts.h"

namespace extgate {

// What differs, for people; nullopt: nothing, or there is nothing to compare.
struct RootHashCheck {
  std::optional<std::string> signature;  // "rootHash" of the signature's JSON
  std::optional<std::string> uuids;      // of the data and verity partitions
};

// Compares with the root hash computed from the tree. A UUID that is not there
// differs, except where there is no partition table.
RootHashCheck CheckRootHash(const ImageFacts& image);

}  // namespace extgate

#endif  // EXTGATE_POLICY_ROOT_HASH_CHECK_H_
