// One name for every way in which names can belong to a list of languages.
#ifndef EXTGATE_POLICY_DIFF_NAME_CELLS_H_
#define EXTGATE_POLICY_DIFF_NAME_CELLS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "policy/diff/name_language.h"

namespace extgate {

// All names that belong to these languages and to no others of the list, with
// what an image of that file name may call itself inside: the same, or the part
// before the first `_` or `+` (systemd-sysext(8)), which belongs to languages
// of its own.
struct NameCell {
  std::string name;               // a shortest one
  std::string inside;             // of the extension-release
  std::vector<uint32_t> matched;  // by `name`: places in the list, ascending
};

struct NameCells {
  // Each once by what both names match, and whether they are one.
  std::vector<NameCell> cells;
  // False: there may be more. It was too much for the search: kMaxNameStates
  // states, or some seconds.
  bool complete = true;
};

inline constexpr size_t kMaxNameStates = 100000;

// Runs all automata side by side, as one, over names of characters that some of
// them tells apart, shortest names first. A name that is in no language is a
// cell too. Names are what systemd takes for the name of an image: UTF-8
// without
// `/` and control characters. With a `focus`, only images count of which either
// name belongs to one of these places of the list.
NameCells FindNameCells(absl::Span<const NameLanguage> languages,
                        absl::Span<const uint32_t> focus);

// The same of paths, "/usr/lib", which are the `name` and the `inside` of their
// cells.
NameCells FindPathCells(std::vector<NameLanguage> languages);

}  // namespace extgate

#endif  // EXTGATE_POLICY_DIFF_NAME_CELLS_H_
