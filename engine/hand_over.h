// What systemd is told about the set it will merge: the image policy and the
// environment that this version needs so that exactly the staged images merge,
// none weaker than policy demands, none failing and taking the others down.
// Source: systemd-sysext(8), systemd.image-policy(7), and the behaviour of each
// version as docs/hand-over.md tables it.
#ifndef EXTGATE_ENGINE_HAND_OVER_H_
#define EXTGATE_ENGINE_HAND_OVER_H_

#include <string>
#include <vector>

#include "policy/facts.h"
#include "policy/image_policy.h"
#include "policy/signature_standing.h"
#include "policy/time_span.h"
#include "policy/values.h"

namespace extgate {

// One staged image as systemd will see it.
struct StagedShape {
  Designator designator = Designator::kRoot;
  // What extgate found: signed|verity, verity, or unprotected.
  PartitionFlags protection = kFlagUnprotected;
  // kNone: no signature partition.
  SignatureState signature = SignatureState::kNone;
  // A root partition without a tree beside usr, of which the above is said.
  bool root_below = false;
  friend bool operator==(const StagedShape&, const StagedShape&) = default;
};

// Whether the data partition has a hash tree that counts.
bool HasTree(const StagedShape& shape);

// For one class. Empty strings and lists mean: nothing is said.
struct HandOver {
  std::string image_policy;              // --image-policy=; systemd 254 on
  std::vector<std::string> environment;  // NAME=VALUE
  bool always_refresh = false;           // --always-refresh=yes; 260 on
  bool immutable = false;                // --mutable=no; 256 on
  friend bool operator==(const HandOver&, const HandOver&) = default;
};

// For a set of `staged` images on `systemd_version` (0: unknown, gets what
// works on all that know image policies). An empty set gets the strict policy.
HandOver HandOverFor(const std::vector<StagedShape>& staged,
                     int systemd_version);

// The same for a policy that names `hierarchies` for sysext images.
void AddHierarchies(const std::vector<std::string>& hierarchies,
                    HandOver& hand_over);

// Adds the switches that follow from mode and version alone. In enforcing
// nothing but the set is merged: neither what lies in
// /var/lib/extensions.mutable, nor what somebody writes into the hierarchies.
void AddSwitches(Mode mode, int systemd_version, HandOver& hand_over);

// True when `shape` merges on that version only with signature checks switched
// off, which is for all images of a run.
bool NeedsChecksOff(const StagedShape& shape, int systemd_version);

// The use flags without which `shape` does not merge on that version, or is
// protected less; `hand_over` says whether signature checks are off.
PartitionFlags FlagsNeeded(const StagedShape& shape, const HandOver& hand_over,
                           int systemd_version);

// True when no policy and environment makes that version merge `shape` on a
// kernel with dm_verity.require_signatures=1.
bool NeedsKernelKey(const StagedShape& shape, int systemd_version);

// What protects `shape` once merged under `hand_over`; the weaker answer where
// the version is unknown.
RuntimeEnforcement EnforcementOf(const StagedShape& shape,
                                 const HandOver& hand_over,
                                 int systemd_version);

// The arguments of systemd's own tool after its name: {"refresh",
// "--image-policy=…", …}. systemd 252 and 253 know no policy; all know refresh.
std::vector<std::string> RefreshArguments(const HandOver& hand_over);

// Text of the drop-in that makes systemd-{sysext,confext}.service call its own
// refresh with `hand_over` and without the switches that others may have set in
// its environment, and gives it `timeout`: its own has none, and would hold up
// the boot for ever.
std::string DropInText(ImageClass image_class, const HandOver& hand_over,
                       TimeSpan timeout);

// Text of the sysext.conf.d/confext.conf.d file that systemd 259 and later
// reads for every caller; "" for older ones or without a policy.
std::string ConfigText(ImageClass image_class, const HandOver& hand_over,
                       int systemd_version);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_HAND_OVER_H_
