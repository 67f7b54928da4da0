// The program in one place:
//
//   bytes --inspect--> ImageFacts --evaluate--> Decision --plan(mode, host)-->
//   Plan --execute--> effects
//
// Everything here goes through ports; nothing here calls the system.
#ifndef EXTGATE_ENGINE_PIPELINE_H_
#define EXTGATE_ENGINE_PIPELINE_H_

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/boot/boot_fate.h"
#include "engine/crypto/trust_store.h"
#include "engine/image/inspect.h"
#include "engine/looks.h"
#include "engine/planner.h"
#include "engine/policy_loader.h"
#include "engine/ports.h"
#include "engine/report.h"
#include "engine/stager.h"
#include "policy/handling.h"
#include "policy/time_span.h"

namespace extgate {

// What one decision needs besides the image.
struct DecisionContext {
  const CompiledPolicy& policy;
  const TrustStore& trust;
  const HostFacts& host;
  // Asked about the host's tree where policy.needs_host_tree; nullptr: such a
  // rule is not met.
  HostPort* machine = nullptr;
};

// How the signature in `facts` stands against `trust`, over the root hash as
// systemd checks it (lower-case hex without newline).
SignatureStanding StandingOf(const ImageFacts& facts, const TrustStore& trust);

// The same, having looked at the strangers of what is not trusted, so that
// their names are proved; `facts` learns of it.
SignatureStanding ProvedStandingOf(ImageFacts& facts, const TrustStore& trust,
                                   Confinement& confinement);

// Whether a rule asks for what only a walk over an image's tree finds.
TreeWalk WalkFor(const CompiledPolicy& policy);

// How far a look has to go where no verified copy follows that would be looked
// at again.
Reach WholeReach(const CompiledPolicy& policy);

// evaluate: decides about facts at hand, and the host's tree where a rule asks
// for it. What has no name that systemd takes is
// denied, whatever else it is.
Decision DecideFacts(const ImageFacts& facts, const SignatureStanding& standing,
                     const DecisionContext& context);

// The same decision, with the trace that a report shows.
Decision ExplainFacts(const ImageFacts& facts,
                      const SignatureStanding& standing,
                      const DecisionContext& context);

// How the signatures of `image` counted for its decision, which a plan and a
// report go by; image.standing is as it was seen.
SignatureStanding CountedStanding(const DecidedImage& image,
                                  const DecisionContext& context);

// Whether `candidate` is meant for another boot entry: nothing but its name
// counts then, and it need not be opened.
bool IsElsewhere(const Candidate& candidate, const DecisionContext& context);

// inspect and evaluate: decides about the upcoming candidate of `looks`, which
// must have one. Its standing is as it was seen.
DecidedImage Decide(Looks& looks, Reach reach, const DecisionContext& context,
                    Confinement& confinement);

// Decides about all candidates of `looks` without acting: the report has what
// `mode` would do with each. outcome: violations when one is denied,
// unmergeable or unreadable. `each` is told each image once it is decided. An
// image is looked at as far as `least` at least.
Report Check(const Ports& ports, const HostFacts& host,
             const LoadedPolicy& loaded, Looks& looks, Mode mode,
             const std::function<void(const DecidedImage&)>& each = {},
             Depth least = Depth::kContents);

// What a caller of Apply may choose.
struct ApplyOptions {
  enum class Act {
    kDryRun,  // decide from the sources and plan; change nothing
    kApply,
  };
  Act act = Act::kApply;
  // A drop-in for systemd's unit is written, unless the package brought one.
  // `merge` passes kNo, since it hands over by itself.
  enum class WriteDropIn { kNo, kYes };
  WriteDropIn drop_in = WriteDropIn::kYes;
  // What a policy source with errors means: at boot it is left out and the rest
  // stands; where a person waits, nothing is done.
  enum class InvalidPolicy { kLeaveOut, kRefuse };
  InvalidPolicy invalid_policy = InvalidPolicy::kLeaveOut;
  // Whether the last run's decision stands where nothing that it was made from
  // has changed, nor what it left behind. `merge` passes kYes: the units of
  // both classes obey one decision.
  enum class Reuse { kNo, kYes };
  Reuse reuse = Reuse::kNo;
  // Whether this is the boot's own run, which may fail the boot. A change of
  // the running system has none to fail: a violation that would stages nothing.
  enum class Boot { kInItsCourse, kOver };
  Boot boot = Boot::kInItsCourse;
  // Private copies that stay besides those of the new set, by address.
  std::set<std::string> also_keep;
  // Told of long copies: the image's path, bytes done, bytes in all.
  std::function<void(const std::string& path, uint64_t done, uint64_t total)>
      progress;
};

struct ApplyResult {
  // Nothing was decided or changed; report.diagnostics say what is wrong.
  bool policy_refused = false;
  // The report is the last run's, and nothing was touched; `plan` is empty.
  bool reused = false;
  Report report;
  Plan plan;
  // How long systemd's refresh may take, by policy.
  TimeSpan merge_timeout;
  // What the report was measured into, by policy.
  std::optional<MeasureTarget> measure;
  // Of a run that acted and met a violation that fails the boot. What it wants
  // of the machine is the caller's to do.
  std::optional<BootFate> fate;
};

// The boot job: reads policy, decides about every candidate, copies what may be
// merged, decides again on the private copies, and publishes the set. An image
// that cannot be read or does not fit costs that image only. With a violation
// that fails the boot nothing is staged and report.outcome says boot-failed,
// unless FailOrGoOn() finds that the boot has to go on: then it goes as `skip`
// says, with the diagnostic boot-not-failed.
// Errors: only what concerns the run as a whole (the lock, the staging place);
// the set that was there before stays then.
absl::StatusOr<ApplyResult> Apply(const Ports& ports,
                                  const ApplyOptions& options);

// Report::inputs for a decision that is to stand as things are now, though it
// was not made from them: Apply with Reuse::kYes keeps it while the boot,
// policy, images and what is staged stay the same. Where a run would always
// decide anew (plain directories, rules on the host's tree) their names count
// alone.
std::string HeldInputs(const Ports& ports);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_PIPELINE_H_
