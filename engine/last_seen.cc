// Ways in: FactsAndDate at the start of a run, KeepLastSeen at its end.
#include "engine/last_seen.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "engine/host_date.h"

namespace extgate {
namespace {

constexpr size_t kMostBytes = 64;  // of a time and white space
constexpr int64_t kHour = 60 * 60;
constexpr int64_t kDay = 24 * kHour;

absl::StatusOr<UtcTime> ReadLastSeen(StatePort& state) {
  const absl::StatusOr<std::string> text = state.ReadState(kLastSeenState);
  if (!text.ok()) return text.status();
  if (text->size() > kMostBytes) {
    return absl::InvalidArgumentError("it is too long to be a time");
  }
  return UtcTime::Parse(absl::StripAsciiWhitespace(*text));
}

Diagnostic Note(Severity severity, std::string message, std::string help) {
  return {DiagnosticCode::kLastSeen,
          severity,
          {},
          std::move(message),
          std::move(help)};
}

constexpr char kLeftOut[] =
    "the last time seen is left out, and the next `extgate apply` writes it "
    "anew: ";

}  // namespace

WithDiagnostics<HostFacts> FactsAndDate(const Ports& ports) {
  WithDiagnostics<HostFacts> facts = ports.host.Facts();
  const absl::StatusOr<UtcTime> seen = ReadLastSeen(ports.state);
  if (absl::IsNotFound(seen.status())) return facts;
  if (!seen.ok()) {
    facts.diagnostics.push_back(
        Note(Severity::kWarning,
             absl::StrCat(kLeftOut, seen.status().message()), ""));
    return facts;
  }
  const HostDate date = DateOf(facts.value.date, *seen);
  if (!date.believes_last_seen) {
    facts.diagnostics.push_back(
        Note(Severity::kWarning,
             absl::StrCat(kLeftOut, "`", seen->ToString(),
                          "` is more than a year ahead of the clock, which "
                          "says `",
                          date.date.ToString(), "`"),
             "set the clock if it is wrong"));
  }
  if (date.date.seconds() - facts.value.date.seconds() > kDay) {
    facts.diagnostics.push_back(
        Note(Severity::kWarning,
             absl::StrCat("what counts as now is the last time seen, `",
                          date.date.ToString(), "`: the clock says `",
                          facts.value.date.ToString(), "`"),
             "set the clock; if it is right, remove the file `last-seen` in "
             "/var/lib/kairos/extgate or /var/lib/extgate"));
  }
  facts.value.date = date.date;
  return facts;
}

UtcTime DateNow(const Ports& ports) {
  const auto clock = UtcTime::Parse(ports.host.Now());
  const auto seen = ReadLastSeen(ports.state);
  return DateOf(clock.ok() ? *clock : UtcTime(),
                seen.ok() ? std::optional(*seen) : std::nullopt)
      .date;
}

std::vector<Diagnostic> KeepLastSeen(const UtcTime& date, StatePort& state) {
  const absl::StatusOr<UtcTime> kept = ReadLastSeen(state);
  if (kept.ok() && *kept <= date && date.seconds() - kept->seconds() < kHour) {
    return {};
  }
  const absl::Status written =
      state.WriteState(kLastSeenState, absl::StrCat(date.ToString(), "\n"));
  if (written.ok()) return {};
  return {Note(
      Severity::kNote,
      absl::StrCat("the last time seen is not kept: ", written.message()), "")};
}

}  // namespace extgate
