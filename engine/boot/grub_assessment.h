// Boot assessment as Kairos does it with GRUB, by variables in its environment
// blocks. Source: Kairos, 08_grub.yaml and grub.cfg of kairos-init.
#ifndef EXTGATE_ENGINE_BOOT_GRUB_ASSESSMENT_H_
#define EXTGATE_ENGINE_BOOT_GRUB_ASSESSMENT_H_

#include <functional>
#include <string>
#include <vector>

#include "engine/boot/failure.h"
#include "engine/boot/grub_environment.h"

namespace extgate {

// The one entry that GRUB falls back to, and the one it does it from.
inline constexpr char kGrubFallback[] = "passive";
inline constexpr char kGrubAssessed[] = "active";

// What GRUB left for this boot. An assessed boot begins as a tentative one;
// where the next one finds that mark, it starts kGrubFallback. Kairos takes the
// mark away in its stage boot.before of kGrubAssessed: there is one try.
struct GrubAssessment {
  bool enabled = false;    // after an upgrade, or always
  bool tentative = false;  // the mark is there
  // What GRUB was told to start next, whatever is marked; "": nothing.
  std::string next_entry;
  bool has_fallback = false;  // the file system of kGrubFallback is there
  // GRUB fell back for this boot: "upgrade_failure".
  bool fell_back = false;

  // A reboot now would fall back.
  bool armed() const { return enabled && tentative && next_entry.empty(); }
  friend bool operator==(const GrubAssessment&,
                         const GrubAssessment&) = default;
};

// What `variables` say, those of all environment blocks that GRUB loads; the
// last two fields are not among them.
GrubAssessment GrubAssessmentOf(const GrubEnvironment& variables);

// What would come of failing the boot of `entry`, which is to reboot. It is
// worth it where `entry` is one of `may_fail` and not the one that comes up,
// GRUB would fall back, and `passes` says that the images of kGrubFallback
// would pass by the policy as seen from here.
FailureOutlook OutlookOfFailingOnGrub(const GrubAssessment& assessment,
                                      const std::string& entry,
                                      const std::vector<std::string>& may_fail,
                                      const std::function<bool()>& passes);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_BOOT_GRUB_ASSESSMENT_H_
