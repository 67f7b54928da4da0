// Boot entries as a person reads them.
#ifndef EXTGATE_ADAPTERS_CLI_BOOT_TEXT_H_
#define EXTGATE_ADAPTERS_CLI_BOOT_TEXT_H_

#include <optional>
#include <string>
#include <vector>

#include "adapters/cli/table.h"
#include "engine/boot/boot_status.h"
#include "engine/boot/rearm.h"

namespace extgate {

// "2 tries left, 1 done"; "not counted".
std::string TriesText(const BootEntry& entry);

// "active.conf, the first in order"; "active.conf, pinned by ...".
std::string NextText(const std::vector<BootEntry>& entries,
                     const std::optional<NextBoot>& next);

// One screen: what is booted, what is next, what a failure would bring, and a
// row an entry in the order of the menu.
std::string BootStatusText(const BootStatus& status, Colour colour);

// A line an entry that is counted again; one that says why none is.
std::string RearmingText(const Rearming& rearming);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_CLI_BOOT_TEXT_H_
