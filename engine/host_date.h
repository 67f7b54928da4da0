// The time that `until` and expiry are held against.
#ifndef EXTGATE_ENGINE_HOST_DATE_H_
#define EXTGATE_ENGINE_HOST_DATE_H_

#include <cstdint>
#include <optional>

#include "policy/utc_time.h"

namespace extgate {

// The day of this version's release, as UtcTime::Parse reads it. No clock can
// truly be before it. Set by hand with kExtgateVersion, so that equal sources
// give equal programs.
inline constexpr char kBuildDate[] = "2026-11-27";

// How far beyond clock and build a last time seen is believed. It lies where
// who can write to /var can write: without a bound one bad value would expire
// everything for ever. With it, what is written by an attacker counts for a
// year at most, and a clock that falls back by a year at most extends nothing.
inline constexpr int64_t kMaxSecondsAhead = int64_t{366} * 24 * 60 * 60;

struct HostDate {
  UtcTime date;
  bool believes_last_seen = true;  // false: it was too far ahead, and left out
  friend bool operator==(const HostDate&, const HostDate&) = default;
};

// max(`clock`, kBuildDate, `last_seen`), so that a clock that was reset extends
// nothing; without a `last_seen` that is more than kMaxSecondsAhead beyond the
// two others.
HostDate DateOf(const UtcTime& clock, const std::optional<UtcTime>& last_seen);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_HOST_DATE_H_
