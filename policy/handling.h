// How a machine goes about decisions, as written: the keys `staging`, `merge`,
// `fail_boot` and `measure`. A scalar that was not written is nullopt.
#ifndef EXTGATE_POLICY_HANDLING_H_
#define EXTGATE_POLICY_HANDLING_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "policy/located.h"
#include "policy/time_span.h"
#include "policy/words.h"

namespace extgate {

// How an image gets to where systemd merges it. Ordered: what comes later
// leaves less to the running systemd.
enum class Staging {
  kLink,
  kAuto,  // a link where the running systemd enforces signatures, else a copy
  kCopy
};

template <>
struct Words<Staging> {
  static constexpr char kNoun[] = "staging";
  static constexpr std::pair<Staging, const char*> kTable[] = {
      {Staging::kLink, "link"},
      {Staging::kAuto, "auto"},
      {Staging::kCopy, "copy"},
  };
};

// What failing a boot does to its entry. Ordered: later reacts harder.
enum class FailWhen {
  kRetry,  // uses up one of its tries
  kNow     // marks it bad
};

template <>
struct Words<FailWhen> {
  static constexpr char kNoun[] = "when";
  static constexpr std::pair<FailWhen, const char*> kTable[] = {
      {FailWhen::kRetry, "retry"},
      {FailWhen::kNow, "now"},
  };
};

// What is done where to fail the boot would not help.
enum class FailFallback {
  kWithhold,
  kReboot,    // once, then withhold
  kEmergency  // emergency.target
};

template <>
struct Words<FailFallback> {
  static constexpr char kNoun[] = "fallback";
  static constexpr std::pair<FailFallback, const char*> kTable[] = {
      {FailFallback::kWithhold, "withhold"},
      {FailFallback::kReboot, "reboot"},
      {FailFallback::kEmergency, "emergency"},
  };
};

inline constexpr TimeSpan kDefaultMergeTimeout = TimeSpan::OfSeconds(90);

// merge: how systemd's own refresh is run.
struct MergeSettings {
  std::optional<Located<TimeSpan>> timeout;  // absent: 90 s
  // Absolute paths, not empty. Absent: those that systemd or the system set.
  std::optional<Located<std::vector<std::string>>> hierarchies;
  friend bool operator==(const MergeSettings&, const MergeSettings&) = default;
};

// fail_boot: what `on_violation: fail-boot` does.
struct FailBoot {
  // Boot entries that may be failed; may be empty. Absent: [active].
  std::optional<Located<std::vector<std::string>>> entries;
  std::optional<Located<FailWhen>> when;          // absent: now
  std::optional<Located<FailFallback>> fallback;  // absent: withhold
  friend bool operator==(const FailBoot&, const FailBoot&) = default;
};

// measure: what the decision is extended into; one of the two.
struct MeasureTarget {
  std::optional<int> pcr;  // 0..22, never 16 or 23
  std::string nvpcr;       // name of an NvPCR of systemd
  friend bool operator==(const MeasureTarget&, const MeasureTarget&) = default;
};

}  // namespace extgate

#endif  // EXTGATE_POLICY_HANDLING_H_
