// Which boot entry this is, and what entries are called.
#ifndef EXTGATE_ADAPTERS_BOOTED_ENTRY_H_
#define EXTGATE_ADAPTERS_BOOTED_ENTRY_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "adapters/efi_variables.h"
#include "adapters/places.h"
#include "engine/boot/boot_entry.h"

namespace extgate {

// The word for the entry: "active", "passive", "recovery" and "live" as Kairos
// has them, else the boot loader's own id without extension and boot counters;
// "" when nothing tells. Always one part of a path. The first of these that
// says something counts: Kairos' sentinels in /run/cos, kairos.reset and
// Kairos' labels on `command_line`, LoaderEntrySelected, StubImageIdentifier
// (boot loader interface). The last two never make it "live".
std::string BootedEntry(const Places& places, absl::string_view command_line,
                        EfiVariables& variables);

// The entry that a boot loader's id or a UKI's path means:
// "active+2-1.conf" and "\EFI\kairos\active.efi" are "active". "" when it is
// no name.
std::string EntryFromId(absl::string_view id);

// Those of `entries` that are called `name`: the one whose id that is, in any
// case, else all that policies call so (EntryFromId).
std::vector<const BootEntry*> EntriesCalled(absl::Span<const BootEntry> entries,
                                            absl::string_view name);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_BOOTED_ENTRY_H_
