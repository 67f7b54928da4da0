// The mode that somebody set until the next boot, as setenforce(8) does.
#ifndef EXTGATE_POLICY_RUNNING_MODE_H_
#define EXTGATE_POLICY_RUNNING_MODE_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "policy/utc_time.h"
#include "policy/values.h"

namespace extgate {

// Where it is written, below the root: gone with the next boot.
inline constexpr char kRunningModePath[] = "/run/extgate/mode";

struct RunningMode {
  Mode mode = Mode::kPermissive;
  std::optional<UtcTime> until;  // nullopt: as long as this boot
  // Of the boot in which it was set: /run may outlive one. "" where there is
  // none.
  std::string boot_id;
  // Whether it is over at `date`.
  bool IsOver(const UtcTime& date) const {
    return until.has_value() && *until <= date;
  }
  friend bool operator==(const RunningMode&, const RunningMode&) = default;
};

// "enforcing boot 6a1f8a7e-…\n", or with "until 2026-11-27T18:00:00Z" before
// `boot`.
std::string RunningModeToText(const RunningMode& mode);

// Reads it back. InvalidArgument on anything else, with what is wrong.
absl::StatusOr<RunningMode> RunningModeFromText(absl::string_view text);

// When a mode ends that is set at `now` with `until`: a length of time ("90s",
// "2h", "1h30m", at most a day) from then on, or "3d", or a time as
// UtcTime::Parse reads it. InvalidArgument on anything else, and for a time
// that is not after `now`.
absl::StatusOr<UtcTime> EndOfRunningMode(absl::string_view until,
                                         const UtcTime& now);

}  // namespace extgate

#endif  // EXTGATE_POLICY_RUNNING_MODE_H_
