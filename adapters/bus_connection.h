// One connection of sd-bus to a service manager. Internal to service_manager.
#ifndef EXTGATE_ADAPTERS_BUS_CONNECTION_H_
#define EXTGATE_ADAPTERS_BUS_CONNECTION_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "adapters/libsystemd.h"

namespace extgate {

// A property of an object: D-Bus' own names.
struct BusProperty {
  const char* interface;
  const char* name;
};

// Not thread-safe. Each call ends by its `deadline`; Unavailable, with what was
// asked and the manager's words, when it says no, and DeadlineExceeded.
class BusConnection {
 public:
  static absl::StatusOr<std::unique_ptr<BusConnection>> Open(
      const Libsystemd& lib, const std::string& address, absl::Time deadline);
  ~BusConnection();

  // Of a property of type `s`, `b`, `as`, or a(sasbttttuii): the words of each
  // command.
  absl::StatusOr<std::string> Text(const std::string& object,
                                   BusProperty property, absl::Time deadline);
  absl::StatusOr<bool> Flag(const std::string& object, BusProperty property,
                            absl::Time deadline);
  absl::StatusOr<std::vector<std::string>> Texts(const std::string& object,
                                                 BusProperty property,
                                                 absl::Time deadline);
  absl::StatusOr<std::vector<std::vector<std::string>>> Commands(
      const std::string& object, BusProperty property, absl::Time deadline);

  // Calls a method of the manager that takes texts. What it answers is an
  // object's path, or nothing, "".
  absl::StatusOr<std::string> Call(const char* method,
                                   const std::vector<std::string>& arguments,
                                   absl::Time deadline);

  // Waits for the end of `job`, a path that Call() gave: systemd's word for it.
  absl::StatusOr<std::string> ResultOf(const std::string& job,
                                       absl::Time deadline);

 private:
  BusConnection(const Libsystemd& lib, sd_bus* bus) : lib_(lib), bus_(bus) {}
  // Of a reply: reads what is in it. Negative errno when that is not as it
  // should be.
  using Reader = std::function<int(sd_bus_message* reply)>;
  absl::Status Read(const std::string& object, BusProperty property,
                    const char* type, absl::Time deadline,
                    const Reader& reader);
  int ReadStrings(sd_bus_message* message, std::vector<std::string>& out);
  int ReadCommands(sd_bus_message* message,
                   std::vector<std::vector<std::string>>& out);
  absl::Status WaitUntilReady(absl::Time deadline);
  static int OnJobRemoved(sd_bus_message* message, void* self,
                          sd_bus_error* error);

  const Libsystemd& lib_;
  sd_bus* bus_;
  std::map<std::string, std::string> ended_jobs_;  // result by path
};

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_BUS_CONNECTION_H_
