// Dates and times of RFC 3339. Ways in: UtcTime::Parse and FromSeconds.
#include "policy/utc_time.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "policy/printable.h"

namespace extgate {
namespace {

constexpr int64_t kDay = 24 * 60 * 60;
constexpr int64_t kEnd = 253402300800;  // 10000-01-01T00:00:00Z
constexpr int kMaxFraction = 9;

// Takes a text from its front; each function is false, or nullopt, when what it
// wants is not there.
class Scanner {
 public:
  explicit Scanner(absl::string_view text) : rest_(text) {}

  bool AtEnd() const { return rest_.empty(); }

  bool Take(char wanted) {
    if (rest_.empty() ||
        absl::ascii_toupper(static_cast<unsigned char>(rest_[0])) != wanted) {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }

  std::optional<int> Number(size_t digits, int min, int max) {
    if (rest_.size() < digits) return std::nullopt;
    int number = 0;
    for (const char c : rest_.substr(0, digits)) {
      if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) {
        return std::nullopt;
      }
      number = 10 * number + (c - '0');
    }
    if (number < min || number > max) return std::nullopt;
    rest_.remove_prefix(digits);
    return number;
  }

 private:
  absl::string_view rest_;
};

// Seconds from 1970 to the start of "2027-01-31".
std::optional<int64_t> TakeDate(Scanner& scanner) {
  const auto year = scanner.Number(4, 1970, 9999);
  if (!year || !scanner.Take('-')) return std::nullopt;
  const auto month = scanner.Number(2, 1, 12);
  if (!month || !scanner.Take('-')) return std::nullopt;
  const auto day = scanner.Number(2, 1, 31);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date = {
      std::chrono::year(*year),
      std::chrono::month(static_cast<unsigned>(*month)),
      std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count() * kDay;
}

// "12:00", in seconds.
std::optional<int64_t> TakeHourAndMinute(Scanner& scanner) {
  const auto hour = scanner.Number(2, 0, 23);
  if (!hour || !scanner.Take(':')) return std::nullopt;
  const auto minute = scanner.Number(2, 0, 59);
  if (!minute) return std::nullopt;
  return 3600 * *hour + 60 * *minute;
}

// "12:00:00" and a fraction, which is dropped; in seconds.
std::optional<int64_t> TakeTime(Scanner& scanner) {
  const auto minutes = TakeHourAndMinute(scanner);
  if (!minutes || !scanner.Take(':')) return std::nullopt;
  const auto second = scanner.Number(2, 0, 59);
  if (!second) return std::nullopt;
  if (scanner.Take('.')) {
    int digits = 0;
    while (scanner.Number(1, 0, 9)) ++digits;
    if (digits == 0 || digits > kMaxFraction) return std::nullopt;
  }
  return *minutes + *second;
}

// How far a zone is ahead of UTC, in seconds.
std::optional<int64_t> TakeZone(Scanner& scanner) {
  if (scanner.Take('Z')) return 0;
  const bool behind = scanner.Take('-');
  if (!behind && !scanner.Take('+')) return std::nullopt;
  const auto offset = TakeHourAndMinute(scanner);
  if (!offset) return std::nullopt;
  return behind ? -*offset : *offset;
}

std::optional<int64_t> Seconds(absl::string_view text) {
  Scanner scanner(text);
  const auto date = TakeDate(scanner);
  if (!date) return std::nullopt;
  if (scanner.AtEnd()) return date;
  if (!scanner.Take('T')) return std::nullopt;
  const auto time = TakeTime(scanner);
  if (!time) return std::nullopt;
  const auto zone = TakeZone(scanner);
  if (!zone || !scanner.AtEnd()) return std::nullopt;
  const int64_t seconds = *date + *time - *zone;
  if (seconds < 0 || seconds >= kEnd) return std::nullopt;
  return seconds;
}

}  // namespace

absl::StatusOr<UtcTime> UtcTime::Parse(absl::string_view text) {
  const std::optional<int64_t> seconds = Seconds(text);
  if (!seconds.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("`", PrintableText(text.substr(0, 64)),
                     "` is neither a date nor a time with its zone"));
  }
  return UtcTime(*seconds);
}

UtcTime UtcTime::FromSeconds(int64_t seconds) {
  return UtcTime(std::clamp<int64_t>(seconds, 0, kEnd - 1));
}

std::string UtcTime::ToString() const {
  const std::chrono::year_month_day date(
      std::chrono::sys_days(std::chrono::days(seconds_ / kDay)));
  const std::string text = absl::StrFormat(
      "%04d-%02u-%02u", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  const int64_t rest = seconds_ % kDay;
  if (rest == 0) return text;
  return absl::StrFormat("%sT%02d:%02d:%02dZ", text, rest / 3600,
                         rest / 60 % 60, rest % 60);
}

}  // namespace extgate
