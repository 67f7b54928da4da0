// What becomes of a boot with a violation where the policy says
// `on_violation: fail-boot`.
#ifndef EXTGATE_ENGINE_BOOT_FAIL_BOOT_H_
#define EXTGATE_ENGINE_BOOT_FAIL_BOOT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "engine/boot/boot_fate.h"
#include "engine/boot/failed_boots.h"
#include "engine/boot/failure.h"
#include "engine/boot/grub_assessment.h"
#include "engine/pipeline.h"
#include "engine/policy_loader.h"
#include "engine/ports.h"

namespace extgate {

// The name of the state, and of the note on the ESP, that have FailedBoots.
inline constexpr char kFailedBoots[] = "failed-boots";

// The boots that were failed and not made good since, oldest first, of the
// state directory and of the ESP. What cannot be read is left out: it only ever
// says.
std::vector<FailedBoot> KnownFailedBoots(const Ports& ports);

// What the newest of them says to this boot, which is another one: the entry
// that comes up is to say why. The ESP is asked only where the state directory
// says nothing, and only by an entry that is not to be failed itself: it is
// where one that cannot read the other's state finds it.
PreviousBoot PreviousBootOf(const Ports& ports, const DecisionContext& context);

// Keeps `boots` in both places, of which one has to do. The error of the state
// directory when neither takes it.
absl::Status KeepFailedBoots(const Ports& ports,
                             const std::vector<FailedBoot>& boots);

// Why the boot of `entry` goes on whatever its images and the boot loader are,
// in words for people: nothing tells which it is, it is recovery, or by the
// boots of `known` it was given up before. "" where it may be failed.
std::string WhyItGoesOn(const std::vector<FailedBoot>& known,
                        const std::string& entry);

// What would come of failing this boot, by the policy of `context` and the
// images that the next entry would find; ports.boot is there. `images` are
// those of this boot; nullptr: of another boot of this entry. Where none of
// them is allowed, for want of a trusted signer, an entry in which none is
// either is no better: that comes of a wrong certificate as well.
FailureOutlook OutlookOnEntries(const Ports& ports,
                                const DecisionContext& context,
                                const BootAssessment& assessment,
                                const std::vector<DecidedImage>* images);
FailureOutlook OutlookOnGrub(const Ports& ports, const DecisionContext& context,
                             const GrubAssessment& assessment,
                             const std::vector<DecidedImage>* images);

// Decides what becomes of this boot, in which `images` were decided about by
// the policy `loaded`, which is that of `context`, and does what of it
// concerns the next boot: the reason is kept on the ESP and in the state
// directory, and with `when: now` the entry is marked bad. The reboot itself is
// the caller's.
//
// It is failed where OutlookOfFailing(), or with GRUB OutlookOfFailingOnGrub(),
// says that another entry comes up, this entry was not given up before, and
// what is to be written can be: with GRUB the reason alone, since to reboot
// before Kairos calls the boot good is to fail it, whatever `when` says.
// Recovery and what has no word for its entry are never failed. With an error
// in what the policy trusts (unread_trust.h) the boot goes on, whatever the
// fallback. Everything else is the policy's fallback; to reboot and to stop,
// never in recovery, only once until the entry came up well, and only where it
// can be written down that it was done.
BootFate FailOrGoOn(const Ports& ports, const DecisionContext& context,
                    const LoadedPolicy& loaded,
                    const std::vector<DecidedImage>& images,
                    const std::vector<Violation>& violations);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_BOOT_FAIL_BOOT_H_
