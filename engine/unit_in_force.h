// Whether systemd's units for merging run what extgate means them to, as the
// service manager has them loaded: a drop-in of somebody else that comes later
// takes the decision out of extgate's hands, whatever the files of ours say.
#ifndef EXTGATE_ENGINE_UNIT_IN_FORCE_H_
#define EXTGATE_ENGINE_UNIT_IN_FORCE_H_

#include <string>
#include <utility>
#include <vector>

#include "engine/hand_over.h"
#include "policy/values.h"
#include "policy/words.h"

namespace extgate {

// One unit of the service manager as it is loaded: properties of
// org.freedesktop.systemd1(5), of the interfaces Unit and Service.
struct EffectiveUnit {
  std::string name;                        // "systemd-sysext.service"
  std::string load_state;                  // "loaded", "masked", "not-found"…
  std::string active_state;                // "active", "inactive", "failed"…
  std::string unit_file_state;             // "enabled", "disabled", "static"…
  std::string fragment_path;               // the unit's own file, or ""
  std::vector<std::string> drop_in_paths;  // in their order: the last one wins
  std::vector<std::string> wanted_by;      // units that start it: WantedBy, …
  bool need_daemon_reload = false;         // its files have changed since
  std::vector<std::vector<std::string>> exec_start;  // words of each command
  std::vector<std::vector<std::string>> exec_reload;
  std::vector<std::string> environment;        // NAME=VALUE
  std::vector<std::string> unset_environment;  // NAME or NAME=VALUE; goes last
  friend bool operator==(const EffectiveUnit&, const EffectiveUnit&) = default;
};

// "systemd-sysext.service", "systemd-confext.service".
std::string MergeUnit(ImageClass image_class);

// Whose drop-in makes a unit obey.
enum class DropInOrigin {
  kPackage,  // of the package: it runs `extgate merge`
  kApply,    // written below /run by `extgate apply`: it runs systemd's refresh
};

// What was asked about the unit of one class.
struct AskedUnit {
  ImageClass image_class = ImageClass::kSysext;
  DropInOrigin origin = DropInOrigin::kPackage;
  EffectiveUnit unit;
  // Drop-ins on disk that come after extgate's and say what is run, or in which
  // environment.
  std::vector<std::string> later_files;
};

enum class UnitStanding {
  kObeys,         // it runs what extgate means it to
  kNotEnabled,    // it does, and nothing starts it at boot
  kReloadNeeded,  // it will, once systemd has read the files again
  kMissing,       // there is no such unit, or systemd cannot load it
  kBypassed,      // it runs something else, and that will stay
};

template <>
struct Words<UnitStanding> {
  static constexpr char kNoun[] = "standing";
  static constexpr std::pair<UnitStanding, const char*> kTable[] = {
      {UnitStanding::kObeys, "obeys"},
      {UnitStanding::kNotEnabled, "not-enabled"},
      {UnitStanding::kReloadNeeded, "reload-needed"},
      {UnitStanding::kMissing, "missing"},
      {UnitStanding::kBypassed, "bypassed"},
  };
};

// A unit as the report has it.
struct ReportedUnit {
  EffectiveUnit unit;
  UnitStanding standing = UnitStanding::kObeys;
  std::string detail;  // why, with the file that does it, and what to do; or ""
  friend bool operator==(const ReportedUnit&, const ReportedUnit&) = default;
};

// True for the words of a command line that is `extgate … merge CLASS …`, which
// hands over what was decided.
bool RunsMerge(const std::vector<std::string>& words, ImageClass image_class);

// Holds `asked` against `hand_over`, what systemd is to be told of the class.
// `staged`: how many images of it are staged; where there are none, a unit that
// never runs is as good as any.
ReportedUnit JudgeUnit(const AskedUnit& asked, const HandOver& hand_over,
                       size_t staged);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_UNIT_IN_FORCE_H_
