// File names of boot entries, and the boot counters in them.
#ifndef EXTGATE_ENGINE_BOOT_ENTRY_NAME_H_
#define EXTGATE_ENGINE_BOOT_ENTRY_NAME_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace extgate {

// Boot counters, as the Automatic Boot Assessment of systemd writes them:
// "+LEFT" or "+LEFT-DONE" in front of the extension.
struct Tries {
  uint32_t left = 0;  // boots that are still granted; 0: found bad
  uint32_t done = 0;  // boots that were tried
  friend bool operator==(const Tries&, const Tries&) = default;
};

enum class BootFileKind {
  kConf,  // "*.conf", a description (Boot Loader Specification, type 1)
  kUki    // "*.efi", the program itself (type 2)
};

// The name of the file of one boot entry, taken apart as systemd-boot does it:
// the last "+" counts, and what stands behind it must be numbers to the end, or
// it is a part of the name. So "kairos+k3s.efi" has no counters, and of
// "a+1+2.conf" the stem is "a+1". Immutable.
class EntryName {
 public:
  // nullopt where systemd-boot would not take a file of that name for an entry:
  // one that begins with a dot, or has neither extension. Their case does not
  // matter.
  static std::optional<EntryName> Parse(absl::string_view file_name);

  // What is left without counters and extension.
  const std::string& stem() const { return stem_; }
  // With the extension, and as it was spelled.
  std::string WithoutTries() const { return stem_ + extension_; }
  // nullopt: boots of it are not counted (any more).
  const std::optional<Tries>& tries() const { return tries_; }
  BootFileKind kind() const { return kind_; }

  // Counted, and no try is left.
  bool IsBad() const { return tries_.has_value() && tries_->left == 0; }

  // Its tries once it is found bad, as `systemd-bless-boot bad` makes them.
  Tries TriesWhenBad() const { return {0, tries_.value_or(Tries{}).done}; }

  // The file name of the same entry with `tries`; "+LEFT" alone where none was
  // done.
  std::string With(const std::optional<Tries>& tries) const;

  friend bool operator==(const EntryName&, const EntryName&) = default;

 private:
  EntryName() = default;

  std::string stem_;
  std::string extension_;  // ".conf"
  std::optional<Tries> tries_;
  BootFileKind kind_ = BootFileKind::kConf;
};

// The directory in which systemd-stub looks for what belongs to the UKI of that
// file name: "active.efi.extra.d". Counters are cut out from 255 on, and not as
// EntryName does: only behind the first "+", and only where a dot or the end
// follows, so that those of "kairos+k3s+3.efi" stay. Source: systemd-stub(7),
// and the stub of 255 to 262.
std::string ExtraDirectoryOf(absl::string_view file_name, int stub_version);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_BOOT_ENTRY_NAME_H_
