// Whether to fail a boot is worth it: whether another entry would come up that
// is better off. A machine must not be talked into a boot loop.
#ifndef EXTGATE_ENGINE_BOOT_FAILURE_H_
#define EXTGATE_ENGINE_BOOT_FAILURE_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/boot/boot_entry.h"
#include "engine/boot/boot_order.h"

namespace extgate {

// What boot assessment knows of this boot.
struct BootAssessment {
  std::vector<BootEntry> entries;  // sorted as shown
  LoaderChoice choice;
  // LoaderBootCountPath: the file of the booted entry as systemd-boot renamed
  // it, "/loader/entries/active+2-1.conf". "": this boot is not counted.
  std::string counted_path;
  // Id of the entry that is booted, by LoaderEntrySelected; "": unknown.
  std::string selected;
  // What is wrong there and was passed over as systemd-boot does, in words for
  // people: a file that is no entry, a variable that cannot be read.
  std::vector<std::string> remarks;
  friend bool operator==(const BootAssessment&,
                         const BootAssessment&) = default;
};

// The place in `assessment.entries` of the entry that is counted; nullopt when
// none is, or its file is not there any more.
std::optional<size_t> CountedEntry(const BootAssessment& assessment);

// What to fail this boot would bring.
struct FailureOutlook {
  // Why it is not worth it, in words for people; "" when it is.
  std::string why_not;
  // Id of the entry that would come up in the end; "" where why_not says
  // something.
  std::string next;
};

// Why the boot of `entry` is never failed, whatever the boot loader says:
// nothing tells which it is, or it is none of `may_fail`. "" where it may be.
std::string WhyNeverFailed(const std::string& entry,
                           const std::vector<std::string>& may_fail);

// Why it is not failed where the images of `next` do not pass.
std::string WhyNextIsNoBetter(const std::string& next);

// What would come of failing the boot of `entry` (the word of HostFacts::entry)
// until its tries are used up. `word_of` gives the word for an entry, `passes`
// whether its images would pass by the policy as seen from here. It is worth it
// where `entry` is one of `may_fail`, the boot is counted, and the boot loader
// would start another entry by itself once this one is bad, one that is not bad
// and passes.
FailureOutlook OutlookOfFailing(
    const BootAssessment& assessment, const std::string& entry,
    const std::vector<std::string>& may_fail,
    const std::function<std::string(const BootEntry&)>& word_of,
    const std::function<bool(const BootEntry&)>& passes);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_BOOT_FAILURE_H_
