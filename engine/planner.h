// Decisions to a plan: what the mode makes of verdicts. Pure.
#ifndef EXTGATE_ENGINE_PLANNER_H_
#define EXTGATE_ENGINE_PLANNER_H_

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/hand_over.h"
#include "engine/ports.h"
#include "policy/compiled_policy.h"
#include "policy/decision.h"
#include "policy/facts.h"
#include "policy/signature_standing.h"
#include "policy/values.h"

namespace extgate {

// One candidate and all that is known of it.
struct DecidedImage {
  Candidate candidate;
  ImageFacts facts;
  // As it was seen; for a plan and a report as it counted, see CountedStanding.
  SignatureStanding standing;
  Decision decision;
  std::string address;    // of its private copy; "" as long as there is none
  bool in_place = false;  // it is to be linked to, and gets no copy
  // Why it cannot be staged whatever was decided (no space); "" when it can.
  std::string obstacle;
};

// Directories to cover, of CoverableDirectories().
using Covers = std::set<std::string>;

// A violation as the report lists it.
struct Violation {
  ReasonCode code;
  std::string detail;
  friend bool operator==(const Violation&, const Violation&) = default;
};

struct PlannedImage {
  Action action = Action::kWithhold;
  std::optional<RuntimeEnforcement> enforcement;  // of staged images only
  friend bool operator==(const PlannedImage&, const PlannedImage&) = default;
};

// What follows for one class of images.
struct ClassPlan {
  std::vector<SetEntry> set;  // by name
  HandOver hand_over;
  friend bool operator==(const ClassPlan&, const ClassPlan&) = default;
};

struct Plan {
  std::vector<PlannedImage> images;  // one a decided image, in its order
  ClassPlan sysext;
  ClassPlan confext;
  // Fingerprints of the certificates that systemd needs for the set.
  std::vector<Fingerprint> certificates;
  std::vector<Violation> violations;
  std::vector<Diagnostic> diagnostics;
  bool fail_boot = false;  // enforcing, on_violation: fail-boot, a violation
  // What may merge of what lies in them is staged.
  Covers covers;
};

// What systemd will see of `image` once it is staged.
StagedShape ShapeOf(const DecidedImage& image);

// What mode and kind of verdict say about one image, wherever it lies.
// `kStage` or `kWithhold`; the table of modes in the README, as code.
Action ActionFor(Mode mode, Unmergeable unmergeable, Verdict verdict);

// The directories in which something must be kept from systemd that only a
// cover over all of it keeps from it: what must not merge of
// kOverridingDirectory, and hazards anywhere. Images there are copied then,
// like those on offer.
Covers CoversNeeded(const std::vector<DecidedImage>& images,
                    const CompiledPolicy& policy);

// Whether `candidate` lies in one of `covers`.
bool IsBelow(const Covers& covers, const Candidate& candidate);

// Whether a plain directory is staged as a private copy: where systemd does not
// look by itself. Elsewhere the set links to it.
bool IsCopiedTree(const Covers& covers, const Candidate& candidate);

// Plans for all `images` (in order of preference: of several of one class and
// name that could be staged the first is). Images whose candidate lies where
// systemd searches by itself are masked where they must not merge. With
// on_violation skip-all or fail-boot in enforcing, a violation stages nothing;
// a required image that was lost to I/O or lack of space is a violation that
// nothing follows from.
// A `set` entry of an image without address names an empty target: a dry run.
// Without a cover what systemd finds in kOverridingDirectory is left to it.
// What needs a cover and is not in one of `covers` is a `bypass`.
Plan MakePlan(const std::vector<DecidedImage>& images,
              const CompiledPolicy& policy, const HostFacts& host,
              const Covers& covers);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_PLANNER_H_
