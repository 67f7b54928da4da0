// Unit files of services and their drop-ins, as far as extgate asks them.
#ifndef EXTGATE_ADAPTERS_UNIT_FILE_H_
#define EXTGATE_ADAPTERS_UNIT_FILE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "adapters/places.h"

namespace extgate {

// One assignment.
struct UnitSetting {
  std::string name;   // "ExecStart"
  std::string value;  // without the blanks around it; "" resets a list
  friend bool operator==(const UnitSetting&, const UnitSetting&) = default;
};

// The settings in [Service] of a unit file or drop-in, in order: comments left
// out, continued lines joined by a blank. systemd.syntax(7).
std::vector<UnitSetting> ServiceSettings(absl::string_view text);

// The words of a value, without their quotes and escapes, `%%` as `%`. Other
// specifiers stay as they are. systemd.syntax(7), Quoting.
std::vector<std::string> UnitWords(absl::string_view value);

// One file that makes up a unit.
struct UnitFile {
  std::string path;
  std::string text;  // "" of one that is masked or cannot be read
};

// Whether what extgate itself writes to /run counts.
enum class OwnFiles { kLeftOut, kCounted };

// The unit's file of `service` ("systemd-sysext.service") below the system's
// own tree, and its drop-ins in the order in which systemd reads them.
// systemd.unit(5).
std::vector<UnitFile> ServiceFiles(const Places& places,
                                   absl::string_view service, OwnFiles own);

// Whether something that the machine may boot into wants or requires `unit`,
// and it is not masked: by the links below /etc, /run and /usr, as `systemctl
// enable` and packages lay them out.
bool IsEnabled(const Places& places, absl::string_view unit);

// The environment variable `name` as the files of `service`
// ("systemd-sysext.service") below the system's own tree set it: Environment=
// and UnsetEnvironment= of the unit and of its drop-ins, in systemd's order,
// but for what extgate itself writes to /run. nullopt: not set. Of a file that
// cannot be read nothing is known, and of EnvironmentFile= nothing is read.
// systemd.unit(5), systemd.exec(5).
std::optional<std::string> ServiceVariable(const Places& places,
                                           absl::string_view service,
                                           absl::string_view name);

// Whether a drop-in of extgate's name is on disk for `service`, of the package
// or in /run, and the one that systemd would read, the first in its order of
// directories, says what is run. A mask does not.
bool HasOwnDropIn(const Places& places, absl::string_view service);

// The drop-ins of `service` on disk that come after extgate's own by name
// and say what is run, or in which environment: ExecStart,
// ExecReload, Environment or UnsetEnvironment; in systemd's order.
std::vector<std::string> LaterDropIns(const Places& places,
                                      absl::string_view service);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_UNIT_FILE_H_
