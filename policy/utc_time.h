// An instant, as policies write one.
#ifndef EXTGATE_POLICY_UTC_TIME_H_
#define EXTGATE_POLICY_UTC_TIME_H_

#include <compare>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace extgate {

// Whole seconds of UTC, from 1970 to the end of 9999. Copyable, comparable.
class UtcTime {
 public:
  // A date, `2027-01-31`, which is its first second in UTC; or a time of RFC
  // 3339 with its zone, `2027-01-31T12:00:00Z`, `2027-01-31T12:00:00.5+01:00`.
  // Parts of a second (at most nine digits) are dropped; a time without a zone,
  // the second 60 and a time out of range are refused. InvalidArgument on
  // anything else, with a message that holds `text`.
  static absl::StatusOr<UtcTime> Parse(absl::string_view text);

  // `seconds` since 1970 (see seconds()); what is out of range is the nearest
  // end of it.
  static UtcTime FromSeconds(int64_t seconds);

  // The text that Parse reads to an equal time: a date where it is the first
  // second of one, else `2027-01-31T12:00:00Z`.
  std::string ToString() const;

  // Since 1970-01-01T00:00:00Z, without leap seconds.
  int64_t seconds() const { return seconds_; }

  friend auto operator<=>(const UtcTime&, const UtcTime&) = default;

  UtcTime() = default;  // 1970-01-01

 private:
  explicit UtcTime(int64_t seconds) : seconds_(seconds) {}

  int64_t seconds_ = 0;
};

}  // namespace extgate

#endif  // EXTGATE_POLICY_UTC_TIME_H_
