// The boot entries that something is for where nobody says which.
#ifndef EXTGATE_ENGINE_INSTALL_USUAL_ENTRIES_H_
#define EXTGATE_ENGINE_INSTALL_USUAL_ENTRIES_H_

#include <string>
#include <vector>

namespace extgate {

// `active` and `passive`, as far as they are among `known`, words of entries.
std::vector<std::string> UsualEntries(const std::vector<std::string>& known);

// That there is neither, and what there is.
std::string NoUsualEntry(const std::vector<std::string>& known);

// "`active`, `passive`"; "none".
std::string QuotedEntries(const std::vector<std::string>& words);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_INSTALL_USUAL_ENTRIES_H_
