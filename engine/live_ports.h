// What a change of the running system asks of the world, besides ports.h.
#ifndef EXTGATE_ENGINE_LIVE_PORTS_H_
#define EXTGATE_ENGINE_LIVE_PORTS_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/ports.h"
#include "engine/unit_in_force.h"
#include "policy/time_span.h"
#include "policy/values.h"

namespace extgate {

// What of ours lies where systemd looks, in the words of StagingPort, so that
// Publish(), WriteOwnedFiles() and Cover() make it again.
struct StagedState {
  std::map<ImageClass, std::vector<SetEntry>> sets;  // of both classes
  std::vector<OwnedFile> owned_files;                // by path
  std::set<std::string> covered;
  friend bool operator==(const StagedState&, const StagedState&) = default;
};

// What stands now. For one run, between Lock() and Unlock().
class StandingPort {
 public:
  virtual ~StandingPort() = default;

  // Unavailable, PermissionDenied: what is there cannot be read.
  virtual absl::StatusOr<StagedState> Standing() = 0;

  // Names of the extensions that systemd has merged, as it lists them.
  virtual std::set<std::string> Merged(ImageClass image_class) = 0;

  // Gives up what StagingPort::Lock() took, so that systemd's unit can have it.
  virtual void Unlock() = 0;
};

// The manager of systemd's units.
class ServiceManagerPort {
 public:
  virtual ~ServiceManagerPort() = default;

  // The unit of that class as it is loaded. Unavailable: the manager cannot be
  // asked. One that is not there has a load_state that says so.
  virtual absl::StatusOr<EffectiveUnit> Unit(ImageClass image_class) = 0;

  // Makes it read all unit files again. Unavailable, DeadlineExceeded.
  virtual absl::Status Reload() = 0;

  // Reloads the unit of that class where it is active, starts it where it is
  // not, and waits for the end of that. Where the unit cannot be reloaded
  // (systemd 252 and 253 by themselves) it is stopped and started.
  // FailedPrecondition: it failed, with systemd's word for it;
  // DeadlineExceeded: `patience` is over; Unavailable. A unit whose conditions
  // do not hold has not failed.
  virtual absl::Status Refresh(ImageClass image_class, TimeSpan patience) = 0;
};

struct LivePorts {
  StandingPort& standing;
  ServiceManagerPort& manager;
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_LIVE_PORTS_H_
