// How the names that globs match relate, told from the patterns themselves.
#ifndef EXTGATE_POLICY_GLOB_RELATION_H_
#define EXTGATE_POLICY_GLOB_RELATION_H_

#include <optional>

#include "absl/types/span.h"
#include "policy/glob.h"

namespace extgate {

// Of all texts that `narrow` matches, whether each is matched by one of `wide`
// at least. nullopt: patterns of more than 256 characters, or so many stars
// that it would take long to tell. Time is bounded.
std::optional<bool> Covered(const Glob& narrow, absl::Span<const Glob> wide);

// Whether some text is matched by both; nullopt as above.
std::optional<bool> Overlap(const Glob& a, const Glob& b);

}  // namespace extgate

#endif  // EXTGATE_POLICY_GLOB_RELATION_H_
