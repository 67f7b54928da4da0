// What becomes of a boot that the policy wants failed.
#ifndef EXTGATE_ENGINE_BOOT_BOOT_FATE_H_
#define EXTGATE_ENGINE_BOOT_BOOT_FATE_H_

#include <string>
#include <utility>

#include "policy/words.h"

namespace extgate {

struct BootFate {
  enum class Kind {
    kFail,    // nothing is staged and the machine reboots into another entry,
              // or into this one as long as it has tries
    kReboot,  // failing would not help: it reboots, this once
    kEmergency,  // failing would not help: it stops in emergency.target
    kWithhold,   // failing would not help: it goes on, as with `skip`
  };
  Kind kind = Kind::kWithhold;
  std::string why_not;  // why it is not failed, in words; "" with kFail
  std::string next;     // id of the entry that comes up, of kFail
  friend bool operator==(const BootFate&, const BootFate&) = default;
};

template <>
struct Words<BootFate::Kind> {
  static constexpr char kNoun[] = "fate of a boot";
  static constexpr std::pair<BootFate::Kind, const char*> kTable[] = {
      {BootFate::Kind::kFail, "fail"},
      {BootFate::Kind::kReboot, "reboot"},
      {BootFate::Kind::kEmergency, "emergency"},
      {BootFate::Kind::kWithhold, "withhold"},
  };
};

}  // namespace extgate

#endif  // EXTGATE_ENGINE_BOOT_BOOT_FATE_H_
