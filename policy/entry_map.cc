// Way in: EntriesOf.
#include "policy/entry_map.h"

namespace extgate {

std::vector<std::string> EntriesOf(const std::string& name,
                                   const CompiledPolicy& policy) {
  std::vector<std::string> entries;
  for (const CompiledEntryMapping& mapping : policy.entries) {
    if (mapping.match.Matches(name) != PatternMatch::kYes) continue;
    entries.insert(entries.end(), mapping.entries.begin(),
                   mapping.entries.end());
  }
  return entries;
}

}  // namespace extgate
