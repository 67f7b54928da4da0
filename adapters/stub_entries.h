// The boot entries of a partition that a stub starts, which looks at what lies
// beside its kernel image.
#ifndef EXTGATE_ADAPTERS_STUB_ENTRIES_H_
#define EXTGATE_ADAPTERS_STUB_ENTRIES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/partition_files.h"
#include "engine/boot/boot_entry.h"

namespace extgate {

// An entry whose program is a unified kernel image.
struct StubEntry {
  std::string id;       // BootEntry::Id()
  std::string word;     // what policies call it: EntryFromId(); "" is no name
  std::string program;  // a path on the partition, spelled as there
};

// An entry of which nobody can tell whether it is one.
struct UnreadableEntry {
  std::string id;
  std::string word;
  std::string why;  // with the path of its program
};

// Each by id. An entry whose program is not there is none: systemd-boot does
// not show it.
struct StubEntriesFound {
  std::vector<StubEntry> entries;
  std::vector<std::string> others;  // ids of those that start something else
  std::vector<UnreadableEntry> unreadable;
};

// Those on `files`, as systemd-boot would show them. Errors of
// ReadBootEntries().
absl::StatusOr<StubEntriesFound> FindStubEntries(PartitionFiles& files,
                                                 BootPartition which);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_STUB_ENTRIES_H_
