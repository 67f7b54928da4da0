// The examination of a machine: what keeps extgate from doing here what its
// policy says, each finding with what to do. Pure: what was seen comes as
// values, and nothing here looks.
#ifndef EXTGATE_ENGINE_DOCTOR_H_
#define EXTGATE_ENGINE_DOCTOR_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/boot/boot_order.h"
#include "engine/policy_loader.h"
#include "engine/report.h"
#include "engine/scrub.h"
#include "policy/values.h"
#include "policy/words.h"

namespace extgate {

enum class Health {
  kOk,
  kNotKnown,  // nobody could look
  kWarn,      // it holds, and less than it could
  kBad,       // something does not hold
};

template <>
struct Words<Health> {
  static constexpr char kNoun[] = "health";
  static constexpr std::pair<Health, const char*> kTable[] = {
      {Health::kOk, "ok"},
      {Health::kNotKnown, "not-known"},
      {Health::kWarn, "warn"},
      {Health::kBad, "bad"},
  };
};

struct Checkup {
  std::string what;  // "drop-in-sysext": what was looked at, a fixed word
  Health health = Health::kNotKnown;
  std::string why;     // what was seen
  std::string remedy;  // what to do; or ""
  friend bool operator==(const Checkup&, const Checkup&) = default;
};

// ---- what is set ----

// Whether every source of policy could be read, and which there are.
Checkup ExaminePolicy(const LoadedPolicy& loaded);

// Whose signatures count, each with where its certificate comes from. Where it
// is nobody's, the first thing that was wrong with finding them.
Checkup ExamineTrust(const LoadedPolicy& loaded);
Checkup ExamineMode(Mode mode);
Checkup ExamineFloor(const std::optional<Mode>& floor);

// ---- what the machine starts from ----

enum class Firmware { kNone, kSecureBootOff, kSecureBootOn };
Checkup ExamineSecureBoot(Firmware firmware);

// Boot Loader Interface; each NotFound where the variable is not there.
struct CountingFacts {
  absl::StatusOr<std::string> loader;      // LoaderInfo
  absl::StatusOr<std::string> count_path;  // LoaderBootCountPath
  LoaderChoice choice;                     // what pins an entry
};
// Whether boots of this entry are counted, so that a failed one leads back.
Checkup ExamineBootCounting(const CountingFacts& facts);

// ---- who merges ----

// What the unit of a class would run.
struct UnitCommand {
  std::string command;   // the last ExecStart= that counts; "" for none
  std::string source;    // the file that says so, or "D-Bus"
  bool is_ours = false;  // `extgate merge CLASS`, or what apply wrote
};
Checkup ExamineUnit(ImageClass image_class, const UnitCommand& unit);
// `service` is to be started by whatever the machine boots into.
Checkup ExamineEnabled(const std::string& service, bool enabled);
// What `version` (0: not known) holds to once an image is merged.
Checkup ExamineSystemd(int version);
// `devices` is why dm-verity devices cannot be listed, or OK.
Checkup ExamineVerity(const absl::Status& devices);

// Room in a place, in bytes; an error where it cannot be told.
struct Room {
  uint64_t free_bytes = 0;
  bool writable = true;
};
// `needed_bytes`: below it is too little.
Checkup ExamineRoom(const std::string& what, const std::string& path,
                    const absl::StatusOr<Room>& room, uint64_t needed_bytes);

// ---- whether what is bad is refused ----

enum class ProbeKind { kUnsigned, kWrongKey, kBitFlipped };

template <>
struct Words<ProbeKind> {
  static constexpr char kNoun[] = "probe";
  static constexpr std::pair<ProbeKind, const char*> kTable[] = {
      {ProbeKind::kUnsigned, "unsigned"},
      {ProbeKind::kWrongKey, "wrong-key"},
      {ProbeKind::kBitFlipped, "bit-flipped"},
  };
};

// The file of a probe in the package's folder of probes.
std::string ProbeFile(ProbeKind kind);

// What this machine's policy and mode make of the probe: `report` is of Check
// on it alone, `scrub` of its whole tree, which a copy is checked against.
Checkup ExamineDecision(ProbeKind kind, const Report& report,
                        const ScrubResult& scrub);

// What systemd made of the probe.
struct ProbeMount {
  enum class End {
    kNotTried,  // words: why
    kRefused,   // it did not mount it
    kUnserved,  // it mounted it, and its data cannot be read
    kServed,    // all of it was read
  };
  End end = End::kNotTried;
  std::string words;  // systemd's last ones, or why
};
// `told`: what systemd was told. `control`: what it made, told to admit it, of
// a probe that is sound, without which a refusal says nothing.
Checkup ExamineMount(ProbeKind kind, const ProbeMount& mount,
                     const std::string& told, const ProbeMount& control,
                     Mode mode);

// ---- all of them ----

// The worst. kOk for none.
Health WorstOf(const std::vector<Checkup>& checkups);

// As proto/report.proto's Examination, two spaces deep, ending in a newline.
std::string CheckupsToJson(const std::vector<Checkup>& checkups);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_DOCTOR_H_
