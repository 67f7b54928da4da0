// A length of time, as policies write one.
#ifndef EXTGATE_POLICY_TIME_SPAN_H_
#define EXTGATE_POLICY_TIME_SPAN_H_

#include <compare>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace extgate {

// From one millisecond to one day. Copyable, comparable.
class TimeSpan {
 public:
  // A time span of systemd.time(7), of whole numbers: `90` (seconds), `90s`,
  // `2min`, `1min 30s`, `1h30m`. Units are ms, s (sec, second, seconds), m
  // (min, minute, minutes) and h (hr, hour, hours); what is given adds up.
  // InvalidArgument, with a message that holds `text`, on anything else,
  // nothing at all, infinity, and more than a day.
  static absl::StatusOr<TimeSpan> Parse(absl::string_view text);

  // The text that Parse reads to an equal span: `90s`, or `1500ms` where it is
  // not of whole seconds.
  std::string ToString() const;

  // Of 1 to 86400 seconds.
  static constexpr TimeSpan OfSeconds(int seconds) {
    return TimeSpan(int64_t{1000} * seconds);
  }

  int64_t milliseconds() const { return milliseconds_; }

  friend auto operator<=>(const TimeSpan&, const TimeSpan&) = default;

  TimeSpan() = default;  // one millisecond

 private:
  explicit constexpr TimeSpan(int64_t milliseconds)
      : milliseconds_(milliseconds) {}

  int64_t milliseconds_ = 1;
};

}  // namespace extgate

#endif  // EXTGATE_POLICY_TIME_SPAN_H_
