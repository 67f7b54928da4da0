// What the last runs decided, for those who come after a reboot.
#ifndef EXTGATE_ENGINE_HISTORY_H_
#define EXTGATE_ENGINE_HISTORY_H_

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/ports.h"
#include "engine/report.h"
#include "policy/diagnostic.h"
#include "policy/values.h"

namespace extgate {

// An image whose verdict is another than in the run before.
struct VerdictChange {
  std::string name;
  ImageClass image_class = ImageClass::kSysext;
  std::optional<Verdict> before;  // nullopt: it was not there
  std::optional<Verdict> after;   // nullopt: it is gone
  friend bool operator==(const VerdictChange&, const VerdictChange&) = default;
};

// One run, as it is kept.
struct HistoryRun {
  std::string time;  // RFC 3339, UTC
  std::string boot_id;
  std::string entry;  // or ""
  Mode mode = Mode::kPermissive;
  Outcome outcome = Outcome::kOk;
  std::string policy_sha256;
  std::map<Verdict, size_t> images;    // how many of each
  std::vector<VerdictChange> changes;  // at most kMostChanges
  size_t more_changes = 0;             // how many were left out
  friend bool operator==(const HistoryRun&, const HistoryRun&) = default;
};

struct History {
  std::vector<HistoryRun> runs;  // oldest first
  size_t unreadable = 0;         // records that are broken
  friend bool operator==(const History&, const History&) = default;
};

// The bounds of what is kept: it is written whole at each decision, in the
// path of the boot and on media that wear out.
inline constexpr size_t kMostRuns = 64;
inline constexpr size_t kMostHistoryBytes = 64 * 1024;
inline constexpr size_t kMostChanges = 16;  // of one run

// The state that it is kept in (StatePort), a line a record.
inline constexpr char kHistoryState[] = "history";

// `text`, what is kept, with the run that `report` is of behind the others; as
// many of the oldest go as the bounds ask for. Whatever `text` is: what is
// broken in it is kept as it is until it is old, and of the verdicts of the
// last run, when they are broken, no change is told.
std::string WithRun(absl::string_view text, const Report& report);

// Reads what is kept. A record that is none is counted, and costs only itself.
History ParseHistory(absl::string_view text);

// As proto/state.proto's HistoryList, two spaces deep, ending in a newline.
std::string HistoryToJson(const History& history);

// Writes it with the run that `report` is of. What cannot be kept is a note,
// state-unkept: the run goes on.
std::vector<Diagnostic> KeepHistory(const Report& report, StatePort& state);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_HISTORY_H_
