// The boot entries on one partition, read as systemd-boot reads them.
#ifndef EXTGATE_ADAPTERS_BOOT_ENTRIES_H_
#define EXTGATE_ADAPTERS_BOOT_ENTRIES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "adapters/partition_files.h"
#include "engine/boot/boot_entry.h"

namespace extgate {

// Where they lie on a partition.
inline constexpr char kDescriptions[] = "/loader/entries";
inline constexpr char kUkis[] = "/EFI/Linux";

// Longer descriptions and os-releases are not read.
inline constexpr uint64_t kMaxDescription = uint64_t{64} * 1024;  // bytes

// What the specification calls the architecture of this program: "x64".
const char* FirmwareArchitecture();

struct EntriesFound {
  std::vector<BootEntry> entries;  // in no order
  // What was taken for no entry although it looks like one, and files that are
  // one entry, in words for people.
  std::vector<std::string> remarks;
};

// The *.conf in kDescriptions and the *.efi in kUkis of `tree`, in any case. A
// description whose program is not on `tree` is passed over in silence, as
// systemd-boot does; an empty file too; a broken UKI with a remark. A directory
// that is not there is empty. Unavailable, PermissionDenied: one cannot be
// listed; ResourceExhausted: it has more than 1024 such files.
absl::StatusOr<EntriesFound> ReadBootEntries(PartitionFiles& tree,
                                             BootPartition partition,
                                             absl::string_view architecture);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_BOOT_ENTRIES_H_
