// The word that somebody probably meant.
#ifndef EXTGATE_POLICY_SPELLING_H_
#define EXTGATE_POLICY_SPELLING_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace extgate {

// Insertions, deletions, replacements and swaps of neighbours that turn `a`
// into `b`; `-` and `_` count as equal, and so does the case of ASCII letters.
// Words of more than 64 bytes are only equal or far: 64.
int EditDistance(absl::string_view a, absl::string_view b);

// The one of `candidates` nearest to `word`, the first of equals; "" when none
// is within a third of the word's length (at least one edit).
std::string Closest(absl::string_view word,
                    absl::Span<const absl::string_view> candidates);

}  // namespace extgate

#endif  // EXTGATE_POLICY_SPELLING_H_
