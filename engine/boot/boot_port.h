// Where boot entries are, and where a word for the next boot can be left.
#ifndef EXTGATE_ENGINE_BOOT_BOOT_PORT_H_
#define EXTGATE_ENGINE_BOOT_BOOT_PORT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/boot/boot_entry.h"
#include "engine/boot/failure.h"
#include "engine/boot/grub_assessment.h"

namespace extgate {

// The partitions of the boot loader, as adapters find them or the fake host has
// them. Entries are told apart by BootEntry::path() and partition.
class BootPort {
 public:
  virtual ~BootPort() = default;

  // What the boot loader left, and what it would read next. NotFound: there is
  // no ESP, or no boot loader that speaks of entries started this machine;
  // Unavailable, PermissionDenied: it could not be read.
  virtual absl::StatusOr<BootAssessment> Assessment() = 0;

  // What GRUB left, set up as Kairos does. NotFound: it did not start this
  // machine; InvalidArgument: an environment block of it is damaged; other
  // errors as of any file.
  virtual absl::StatusOr<GrubAssessment> Grub() = 0;

  // Gives the file of `entry` the name that says `tries`; OK when it has it
  // already. Whatever happens meanwhile, one whole file of the entry is there.
  // NotFound: it is gone; FailedPrecondition: another file has that name, or of
  // a UKI another one is the same entry; ResourceExhausted: no space;
  // PermissionDenied: it cannot be written to; Unavailable: I/O.
  virtual absl::Status SetTries(const BootEntry& entry,
                                const std::optional<Tries>& tries) = 0;

  // The word of HostFacts::entry for a boot of `entry`.
  virtual std::string WordOf(const BootEntry& entry) = 0;

  // The directories in which systemd-stub looks for images when it starts
  // `entry`, absolute and below the root, as far as they are there: the one of
  // its kernel image, and the one for all on that partition.
  virtual std::vector<std::string> ExtraDirectories(const BootEntry& entry) = 0;

  // Small files of ours below /loader/extgate on the ESP, by name (lower-case
  // letters and hyphens). As StatePort: replaced whole or not at all, and
  // whoever can write to the ESP can have written them. At most kMaxNoteBytes;
  // InvalidArgument for another name.
  virtual absl::StatusOr<std::string> ReadNote(absl::string_view name) = 0;
  virtual absl::Status WriteNote(absl::string_view name,
                                 absl::string_view bytes) = 0;
};

inline constexpr uint64_t kMaxNoteBytes = uint64_t{256} * 1024;

}  // namespace extgate

#endif  // EXTGATE_ENGINE_BOOT_BOOT_PORT_H_
