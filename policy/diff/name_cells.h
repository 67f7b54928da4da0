// One name for every way in which names can match a list of globs.
#ifndef EXTGATE_POLICY_DIFF_NAME_CELLS_H_
#define EXTGATE_POLICY_DIFF_NAME_CELLS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"

namespace extgate {

// All names that match these globs and no others of the list, with what an
// image of that file name may call itself inside: the same, or the part before
// the first `_` or `+` (systemd-sysext(8)), which matches globs of its own.
struct NameCell {
  std::string name;               // a shortest one
  std::string inside;             // of the extension-release
  std::vector<uint32_t> matched;  // by `name`: places in the list, ascending
};

struct NameCells {
  // Each once by what both names match, and whether they are one.
  std::vector<NameCell> cells;
  // False: there may be more. The list was too much for the search (a glob of
  // more than 127 characters, or kMaxNameStates states).
  bool complete = true;
};

inline constexpr size_t kMaxNameStates = 100000;

// Runs all globs side by side, as one automaton, over names of characters that
// some glob tells apart, shortest names first. A name that no glob matches is a
// cell too. With a `focus`, only images count of which either name matches one
// of these places. Globs that do not parse match nothing.
NameCells FindNameCells(absl::Span<const std::string> globs,
                        absl::Span<const uint32_t> focus);

}  // namespace extgate

#endif  // EXTGATE_POLICY_DIFF_NAME_CELLS_H_
