// The verbs of `boot`: boot entries and boot assessment.
#ifndef EXTGATE_ADAPTERS_CLI_BOOT_H_
#define EXTGATE_ADAPTERS_CLI_BOOT_H_

#include <string>

#include "adapters/boot_partition.h"
#include "adapters/cli/verbs.h"

namespace extgate {

// Of the verbs of `boot`.
struct BootOptions {
  BootDirectories directories;  // --esp, --boot
  std::string entry;            // of `boot next`: an id or a word
  bool clear = false;           // of `boot next`: none in particular
};

// boot status: entries and their tries, and what a failed boot would bring.
int BootStatusVerb(const GlobalOptions& global, const BootOptions& options);

// boot bless: the booted entry is good, its counter goes. 1 where this boot is
// not counted.
int BootBlessVerb(const GlobalOptions& global, const BootOptions& options);

// boot fail: the booted entry is bad. 1 where no other one would come up that
// is better off.
int BootFailVerb(const GlobalOptions& global, const BootOptions& options);

// boot rearm: counts entries again that have changed. 0 also where nothing is
// to be done, and where no boot loader counts; 1 where its entries cannot be
// looked at.
int BootRearmVerb(const GlobalOptions& global, const BootOptions& options);

// Which entry the next boot starts, by LoaderEntryOneShot; a name that no entry
// has, or several, cannot be done.
int BootNextVerb(const GlobalOptions& global, const BootOptions& options);

// Takes LoaderEntryDefault back; not done where loader.conf pins an entry too.
int BootUnpinVerb(const GlobalOptions& global, const BootOptions& options);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_CLI_BOOT_H_
