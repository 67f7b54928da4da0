// Ways in: RunningModeFromText and EndOfRunningMode.
#include "policy/running_mode.h"

#include <cstdint>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "policy/printable.h"
#include "policy/time_span.h"

namespace extgate {
namespace {

constexpr int64_t kDay = 24 * 60 * 60;
constexpr int64_t kMostDays = 366;

// "3d"; nullopt for anything else.
std::optional<int64_t> Days(absl::string_view text) {
  int64_t days = 0;
  if (!absl::ConsumeSuffix(&text, "d") || text.empty() ||
      !absl::ascii_isdigit(text.front()) || !absl::SimpleAtoi(text, &days) ||
      days < 1 || days > kMostDays) {
    return std::nullopt;
  }
  return days;
}

}  // namespace

std::string RunningModeToText(const RunningMode& mode) {
  std::string text = ToWord(mode.mode);
  if (mode.until.has_value()) {
    absl::StrAppend(&text, " until ", mode.until->ToString());
  }
  if (!mode.boot_id.empty()) absl::StrAppend(&text, " boot ", mode.boot_id);
  return text + "\n";
}

absl::StatusOr<RunningMode> RunningModeFromText(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  const absl::Status other = absl::InvalidArgumentError(
      absl::StrCat("`", PrintableText(text),
                   "` is no mode, nor a mode until a time in a boot"));
  const std::vector<absl::string_view> words = absl::StrSplit(text, ' ');
  const std::optional<Mode> mode = FromWord<Mode>(words[0]);
  if (!mode.has_value() || words.size() % 2 == 0) return other;
  RunningMode running{*mode, std::nullopt, ""};
  for (size_t i = 1; i < words.size(); i += 2) {
    if (words[i] == "until" && !running.until && running.boot_id.empty()) {
      const auto until = UtcTime::Parse(words[i + 1]);
      if (!until.ok()) return until.status();
      running.until = *until;
    } else if (words[i] == "boot" && running.boot_id.empty() &&
               !words[i + 1].empty()) {
      running.boot_id = std::string(words[i + 1]);
    } else {
      return other;
    }
  }
  return running;
}

absl::StatusOr<UtcTime> EndOfRunningMode(absl::string_view until,
                                         const UtcTime& now) {
  if (const auto days = Days(until)) {
    return UtcTime::FromSeconds(now.seconds() + *days * kDay);
  }
  if (const auto span = TimeSpan::Parse(until); span.ok()) {
    // Never shorter than asked, and never nothing.
    return UtcTime::FromSeconds(now.seconds() +
                                (span->milliseconds() + 999) / 1000);
  }
  const auto time = UtcTime::Parse(until);
  if (!time.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("`", PrintableText(until),
                     "` is neither a length of time (`2h`, `3d`) nor a time "
                     "(`2027-01-31T12:00:00Z`)"));
  }
  if (*time <= now) {
    return absl::InvalidArgumentError(absl::StrCat(
        "`", PrintableText(until), "` is over: it is ", now.ToString()));
  }
  return *time;
}

}  // namespace extgate
