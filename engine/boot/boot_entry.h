// Boot entries, as systemd-boot reads them off its partitions.
#ifndef EXTGATE_ENGINE_BOOT_BOOT_ENTRY_H_
#define EXTGATE_ENGINE_BOOT_BOOT_ENTRY_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/boot/entry_name.h"
#include "policy/words.h"

namespace extgate {

// The partitions that systemd-boot reads entries of.
enum class BootPartition {
  kEsp,       // the EFI system partition, which it lies on itself
  kXbootldr,  // the extended boot loader partition of the same disk
};

template <>
struct Words<BootPartition> {
  static constexpr char kNoun[] = "boot partition";
  static constexpr std::pair<BootPartition, const char*> kTable[] = {
      {BootPartition::kEsp, "esp"},
      {BootPartition::kXbootldr, "xbootldr"},
  };
};

// One entry. Paths are those of its partition, from its root on, with `/`.
struct BootEntry {
  std::string directory;  // "/loader/entries", "/EFI/Linux"
  EntryName name;         // of its file there
  // Empty where it does not say.
  std::string title;
  std::string sort_key;
  std::string machine_id;
  std::string version;
  // The program that is started: of a UKI itself, of a description what its
  // `uki`, `efi` or `linux` names.
  std::string program;
  BootPartition partition = BootPartition::kEsp;  // that its file lies on
  // What the `extra` lines of a description with `uki` name, in their order.
  std::vector<std::string> extras = {};
  // What is passed to the program: the `options` lines of a description, with a
  // blank between them; "" where there are none.
  std::string options = {};
  // What `profile` of a description says: which of its profiles a UKI is to be,
  // for systemd-boot of 259 and later; 0: the first, or nothing is said.
  int profile = 0;

  // What LoaderEntrySelected calls it: its file's name in lower case, without
  // counters.
  std::string Id() const;
  std::string path() const { return directory + "/" + name.With(name.tries()); }

  friend bool operator==(const BootEntry&, const BootEntry&) = default;
};

// The entry that the description `text` in `directory`/`file_name` makes.
// Source: Boot Loader Specification, type 1, as systemd-boot reads it: keys and
// values parted by blanks, lines of `#` skipped, of a key that stands twice the
// last one, but for `extra` and `options`. NotFound where systemd-boot would
// not show it: no name of an entry, one of its own ("auto-"), nothing to start,
// two things to start, or for another architecture than `architecture` ("x64",
// "aa64", in any case).
absl::StatusOr<BootEntry> EntryOfDescription(absl::string_view directory,
                                             absl::string_view file_name,
                                             absl::string_view text,
                                             absl::string_view architecture);

// The entry that a UKI in `directory`/`file_name` makes, whose section .osrel
// has `os_release`. Source: Boot Loader Specification, type 2. NotFound: no
// name of an entry, or os-release gives no name or no version. InvalidArgument:
// it is no os-release.
absl::StatusOr<BootEntry> EntryOfUki(absl::string_view directory,
                                     absl::string_view file_name,
                                     absl::string_view os_release);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_BOOT_BOOT_ENTRY_H_
