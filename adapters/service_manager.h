// systemd's manager of units, by D-Bus.
#ifndef EXTGATE_ADAPTERS_SERVICE_MANAGER_H_
#define EXTGATE_ADAPTERS_SERVICE_MANAGER_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/live_ports.h"
#include "engine/unit_in_force.h"
#include "policy/time_span.h"
#include "policy/values.h"

namespace extgate {

class BusConnection;

// The system's manager itself, where root alone may speak to it: it is there
// before any bus is, and does not go when that is started anew. systemctl(1)
// takes the same way.
inline constexpr char kSystemManager[] = "unix:path=/run/systemd/private";

// Connected at the first call, and for the life of this object. Not
// thread-safe. Source of names and types: org.freedesktop.systemd1(5).
class ServiceManager : public ServiceManagerPort {
 public:
  // `address` is in the words of D-Bus. `patience` is how long all that is
  // asked of units may take together, and the connection: a boot waits for it.
  explicit ServiceManager(std::string address = kSystemManager,
                          absl::Duration patience = absl::Seconds(5));
  ~ServiceManager() override;

  // Errors, besides those of the port: FailedPrecondition without libsystemd.
  absl::StatusOr<EffectiveUnit> Unit(ImageClass image_class) override;
  // May take a minute and a half: the manager runs its generators.
  absl::Status Reload() override;
  absl::Status Refresh(ImageClass image_class, TimeSpan patience) override;

  // Has `unit` started in place of whatever runs, and by nobody undone. Does
  // not wait for it. Unavailable, with the manager's words when there is no
  // such unit; DeadlineExceeded.
  absl::Status Start(const std::string& unit);

 private:
  absl::StatusOr<BusConnection*> Connect(absl::Time deadline);

  std::string address_;
  absl::Duration patience_;
  absl::Time asked_until_ = absl::InfiniteFuture();
  std::unique_ptr<BusConnection> bus_;
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_SERVICE_MANAGER_H_
