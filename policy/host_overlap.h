// How the tree of an image meets the host's own, which lies below all that is
// merged over it.
#ifndef EXTGATE_POLICY_HOST_OVERLAP_H_
#define EXTGATE_POLICY_HOST_OVERLAP_H_

#include <string>
#include <vector>

#include "policy/tree_facts.h"

namespace extgate {

// A directory would take the place of something else, or the other way round:
// with the host's directory goes all that is in it.
struct TypeConflict {
  std::string path;  // "usr/sbin"
  FileType image = FileType::kOther;
  FileType host = FileType::kOther;
  friend bool operator==(const TypeConflict&, const TypeConflict&) = default;
};

// Of what the image's class merges. Where a hierarchy itself conflicts nothing
// below it is said.
struct HostOverlap {
  std::vector<TypeConflict> conflicts;
  std::vector<std::string> shadowed;  // no directory in either of the two
  friend bool operator==(const HostOverlap&, const HostOverlap&) = default;
};

}  // namespace extgate

#endif  // EXTGATE_POLICY_HOST_OVERLAP_H_
