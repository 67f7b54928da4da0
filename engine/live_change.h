// A change of the running system: decide, stage, make systemd merge it at once,
// and go back where it does not.
#ifndef EXTGATE_ENGINE_LIVE_CHANGE_H_
#define EXTGATE_ENGINE_LIVE_CHANGE_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/live_ports.h"
#include "engine/pipeline.h"
#include "engine/ports.h"

namespace extgate {

struct LiveChange {
  enum class End {
    kRefused,  // the policy has errors, see ApplyOptions; nothing is changed
    kMerged,   // what was decided is merged
    // A violation would fail the boot: nothing is merged by that, and what is
    // merged stays. The report is of that decision; the one before it is kept.
    kBootFailed,
    kKept,     // it failed before systemd was asked: what is merged stays
    kPutBack,  // it could not be merged: what was merged before is again
    kStuck,    // nor could what was merged before be staged and merged
  };
  End end = End::kMerged;
  // What stands now, and why. Of kStuck the last one that was decided.
  Report report;
  absl::Status failure;  // why the new set is not merged; OK of kMerged
  absl::Status undo;     // why the previous one is not, of kStuck
};

// Runs Apply, and where something of a class has changed, or is not merged as
// decided, has its unit refreshed: systemd reads its units again where drop-ins
// have changed, reloads or starts the unit, and what it has merged then is held
// against the decision. Each refresh may take as long as the policy says
// (merge.timeout), and a little more, so that systemd can say itself what hung.
// In disabled both units are refreshed, and merge what systemd finds.
//
// Where any of this fails, what was staged before is put back (covers, files,
// sets, in the order of Apply), the classes that systemd was asked to refresh
// are refreshed once more, and the report before this one is kept again: with
// the diagnostic `put-back`, the violations of images that were merged and are
// now denied, and HeldInputs(), so that the units, running `extgate merge`,
// keep to it until something changes. Without an earlier report nothing is what
// was staged before.
//
// Private copies of the previous set are kept until the new one is merged. The
// lock is held while files change, never while systemd works: its unit wants
// it.
//
// Errors: the manager cannot be asked, the lock is not to be had, or what
// stands cannot be read; nothing is changed then.
absl::StatusOr<LiveChange> ChangeLive(const Ports& ports, const LivePorts& live,
                                      const ApplyOptions& options);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_LIVE_CHANGE_H_
