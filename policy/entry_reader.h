// Names of images and of boot entries in a policy source, and the list
// `entries` that maps one to the other. Not public.
#ifndef EXTGATE_POLICY_ENTRY_READER_H_
#define EXTGATE_POLICY_ENTRY_READER_H_

#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "policy/document.h"
#include "policy/field_reader.h"
#include "policy/policy.h"

namespace extgate {

// Reads `entries`. What is wrong is reported to `fields`, all of it.
std::vector<EntryMapping> ReadEntries(const Node& node, FieldReader& fields);

// Reads one pattern on names (name_pattern.h). nullopt: reported as
// bad-pattern; `key` is what it is called in messages.
std::optional<LocatedText> ReadNamePattern(const Node& node,
                                           absl::string_view key,
                                           FieldReader& fields);

// Reads the name of a boot entry, which is also that of a folder. nullopt:
// reported as bad-pattern.
std::optional<LocatedText> ReadEntryName(const Node& node, FieldReader& fields);

}  // namespace extgate

#endif  // EXTGATE_POLICY_ENTRY_READER_H_
