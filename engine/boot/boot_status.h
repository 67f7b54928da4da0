// Where a machine stands with its boot entries: what `boot status` shows.
#ifndef EXTGATE_ENGINE_BOOT_BOOT_STATUS_H_
#define EXTGATE_ENGINE_BOOT_BOOT_STATUS_H_

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "engine/boot/boot_entry.h"
#include "engine/boot/boot_order.h"
#include "engine/boot/failure.h"
#include "engine/boot/grub_assessment.h"
#include "policy/words.h"

namespace extgate {

enum class EntryState {
  kGood,     // its boots are not counted (any more)
  kCounted,  // tries are left
  kBad,      // none is left
};

template <>
struct Words<EntryState> {
  static constexpr char kNoun[] = "entry state";
  static constexpr std::pair<EntryState, const char*> kTable[] = {
      {EntryState::kGood, "good"},
      {EntryState::kCounted, "counted"},
      {EntryState::kBad, "bad"},
  };
};

EntryState StateOf(const BootEntry& entry);

struct BootStatus {
  BootAssessment assessment;
  std::string entry;  // the word of HostFacts::entry
  // Places in assessment.entries.
  std::optional<size_t> booted;   // the counted one, else the selected one
  std::optional<size_t> counted;  // whose counters this boot has changed
  std::optional<NextBoot> next;   // what is started if nothing changes
  FailureOutlook outlook;         // of failing this boot
  // Why entries are counted again, by id: RearmedEntries().
  std::map<std::string, std::string> rearmed;
  // Where GRUB started this machine, which has no entries that are counted.
  std::optional<GrubAssessment> grub;
};

// Puts it together; `outlook` is of failing the boot of `entry`.
BootStatus MakeBootStatus(BootAssessment assessment, std::string entry,
                          FailureOutlook outlook);

// One object, two spaces deep, ending in a newline (proto/boot.proto).
std::string BootStatusToJson(const BootStatus& status);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_BOOT_BOOT_STATUS_H_
