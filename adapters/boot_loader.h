// What the boot loader left in variables and on its partitions, and changes of
// it that a power cut does not tear.
#ifndef EXTGATE_ADAPTERS_BOOT_LOADER_H_
#define EXTGATE_ADAPTERS_BOOT_LOADER_H_

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "adapters/boot_partition.h"
#include "adapters/efi_variables.h"
#include "adapters/places.h"
#include "engine/boot/boot_port.h"

namespace extgate {

// Looks anew at each call. Thread-compatible. A variable that cannot be read or
// is no text is not set, as systemd-boot has it, and a remark says so.
class BootLoader : public BootPort {
 public:
  // `places` must outlive it. `after_change` as of EntryFiles.
  BootLoader(
      const Places& places, BootDirectories named,
      std::function<void()> after_change = [] {})
      : places_(places),
        variables_(places),
        named_(std::move(named)),
        after_change_(std::move(after_change)) {}

  // Whether there are entries to look at: a boot loader that speaks of them has
  // started this machine (LoaderInfo), or somebody named the ESP.
  bool HasEntries();

  // Of this machine, unless somebody named the ESP, LoaderInfo has to be there:
  // else NotFound.
  absl::StatusOr<BootAssessment> Assessment() override;
  // Of a machine without LoaderInfo whose /run/initramfs/cos-state is there,
  // where Kairos has COS_STATE mounted: /boot_assessment and /grub_oem_env of
  // it, and /oem/grubenv. An environment block that is not there says nothing.
  absl::StatusOr<GrubAssessment> Grub() override;
  // Before anything is written, what an interrupted change left on that
  // partition is put right; Told() has it. Unavailable also where another
  // process of ours is about it.
  absl::Status SetTries(const BootEntry& entry,
                        const std::optional<Tries>& tries) override;
  std::string WordOf(const BootEntry& entry) override;
  std::vector<std::string> ExtraDirectories(const BootEntry& entry) override;
  absl::StatusOr<std::string> ReadNote(absl::string_view name) override;
  absl::Status WriteNote(absl::string_view name,
                         absl::string_view bytes) override;

  // Has systemd-boot start `entry` at the next boot, whatever tries it has
  // left, and only then; nullptr: no entry in particular. Errors as of
  // EfiVariables::SetLoaderVariable.
  absl::Status StartOnce(const BootEntry* entry);
  // Takes LoaderEntryDefault back. Errors as of
  // EfiVariables::ClearLoaderVariable.
  absl::Status Unpin();

  // What the last change repaired, in words for people.
  const std::vector<std::string>& Told() const { return told_; }

 private:
  absl::StatusOr<BootPartitions> Partitions();
  absl::Status Repair(const RootDir& partition);
  // Does what `change` does on `partition`, which is writable meanwhile and was
  // put right before.
  absl::Status Change(const RootDir& partition,
                      const std::function<absl::Status()>& change);

  const Places& places_;
  EfiVariables variables_;
  const BootDirectories named_;
  const std::function<void()> after_change_;
  std::vector<std::string> told_;
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_BOOT_LOADER_H_
