// Time spans of systemd.time(7). One way in: TimeSpan::Parse.
#include "policy/time_span.h"

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "policy/printable.h"

namespace extgate {
namespace {

constexpr int64_t kSecond = 1000;
constexpr int64_t kMinute = 60 * kSecond;
constexpr int64_t kHour = 60 * kMinute;
constexpr int64_t kMost = 24 * kHour;
constexpr size_t kMaxDigits = 9;  // so that no product overflows

struct Unit {
  absl::string_view word;
  int64_t milliseconds;
};

constexpr Unit kUnits[] = {
    {"", kSecond},    {"ms", 1},           {"msec", 1},          {"s", kSecond},
    {"sec", kSecond}, {"second", kSecond}, {"seconds", kSecond}, {"m", kMinute},
    {"min", kMinute}, {"minute", kMinute}, {"minutes", kMinute}, {"h", kHour},
    {"hr", kHour},    {"hour", kHour},     {"hours", kHour},
};

// The longest start of `text` whose characters `is_one` takes; it is removed.
template <typename IsOne>
absl::string_view TakeWhile(absl::string_view& text, IsOne is_one) {
  size_t size = 0;
  while (size < text.size() && is_one(static_cast<unsigned char>(text[size]))) {
    ++size;
  }
  const absl::string_view taken = text.substr(0, size);
  text.remove_prefix(size);
  return taken;
}

// The next number with its unit, in milliseconds.
std::optional<int64_t> TakePart(absl::string_view& text) {
  const absl::string_view digits = TakeWhile(text, absl::ascii_isdigit);
  int64_t number = 0;
  if (digits.empty() || digits.size() > kMaxDigits ||
      !absl::SimpleAtoi(digits, &number)) {
    return std::nullopt;
  }
  const auto is_blank = [](unsigned char c) { return c == ' '; };
  TakeWhile(text, is_blank);
  const absl::string_view word = TakeWhile(text, absl::ascii_isalpha);
  TakeWhile(text, is_blank);
  for (const Unit& unit : kUnits) {
    if (unit.word == word) return number * unit.milliseconds;
  }
  return std::nullopt;
}

std::optional<int64_t> Milliseconds(absl::string_view text) {
  int64_t sum = 0;
  do {
    const std::optional<int64_t> part = TakePart(text);
    if (!part.has_value() || *part > kMost) return std::nullopt;
    sum += *part;
    if (sum > kMost) return std::nullopt;
  } while (!text.empty());
  if (sum == 0) return std::nullopt;
  return sum;
}

}  // namespace

absl::StatusOr<TimeSpan> TimeSpan::Parse(absl::string_view text) {
  const std::optional<int64_t> milliseconds = Milliseconds(text);
  if (!milliseconds.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("`", PrintableText(text.substr(0, 64)),
                     "` is no time span between a millisecond and a day"));
  }
  return TimeSpan(*milliseconds);
}

std::string TimeSpan::ToString() const {
  if (milliseconds_ % kSecond != 0) return absl::StrCat(milliseconds_, "ms");
  return absl::StrCat(milliseconds_ / kSecond, "s");
}

}  // namespace extgate
