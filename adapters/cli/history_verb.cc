// extgate history: what the last runs decided.
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "adapters/cli/machine.h"
#include "adapters/cli/table.h"
#include "adapters/cli/verbs.h"
#include "adapters/places.h"
#include "adapters/state_directory.h"
#include "engine/history.h"
#include "policy/printable.h"

namespace extgate {
namespace {

constexpr size_t kShortId = 8;       // characters of a boot id
constexpr size_t kShortDigest = 12;  // and of a digest

Tone ToneOfOutcome(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOk:
      return Tone::kGood;
    case Outcome::kViolations:
      return Tone::kWarning;
    case Outcome::kBootFailed:
      return Tone::kBad;
  }
  return Tone::kPlain;
}

std::string CountsText(const HistoryRun& run) {
  if (run.images.empty()) return "none";
  return absl::StrJoin(
      run.images, ", ", [](std::string* out, const auto& counted) {
        absl::StrAppend(out, counted.second, " ", ToWord(counted.first));
      });
}

std::string ChangeText(const VerdictChange& change) {
  const auto word = [](const std::optional<Verdict>& verdict) {
    return verdict ? ToWord(*verdict) : nullptr;
  };
  std::string text =
      absl::StrCat(change.image_class == ImageClass::kConfext ? "confext " : "",
                   change.name, ": ");
  if (!change.before) {
    return absl::StrCat(text, "new, ", change.after ? word(change.after) : "");
  }
  if (!change.after) {
    return absl::StrCat(text, "gone, was ", word(change.before));
  }
  return absl::StrCat(text, word(change.before), " -> ", word(change.after));
}

std::string ChangesText(const HistoryRun& run) {
  std::vector<std::string> parts;
  for (const VerdictChange& change : run.changes) {
    parts.push_back(ChangeText(change));
  }
  if (run.more_changes > 0) {
    parts.push_back(absl::StrCat(run.more_changes, " more"));
  }
  return PrintableText(absl::StrJoin(parts, "; "));
}

std::string HistoryText(const History& history, Colour colour) {
  Table table({"TIME", "BOOT", "ENTRY", "MODE", "OUTCOME", "POLICY", "IMAGES",
               "CHANGED"});
  for (const HistoryRun& run : history.runs) {
    table.Add({{PrintableText(run.time)},
               {PrintableText(run.boot_id.substr(0, kShortId)), Tone::kFaint},
               {run.entry.empty() ? "-" : PrintableText(run.entry)},
               {ToWord(run.mode)},
               {ToWord(run.outcome), ToneOfOutcome(run.outcome)},
               {PrintableText(run.policy_sha256.substr(0, kShortDigest)),
                Tone::kFaint},
               {CountsText(run)},
               {ChangesText(run)}});
  }
  return table.Render(colour);
}

}  // namespace

int HistoryVerb(const GlobalOptions& global, const HistoryOptions& options) {
  auto places = Places::Open(global.places);
  if (!places.ok()) return Failed("history", places.status());
  const auto kept = StateDirectory(*places).ReadState(kHistoryState);
  if (!kept.ok() && !absl::IsNotFound(kept.status())) {
    return Failed("history", kept.status());
  }
  History history = ParseHistory(kept.ok() ? *kept : std::string());
  const size_t last = static_cast<size_t>(options.last);
  if (last > 0 && history.runs.size() > last) {
    history.runs.erase(history.runs.begin(), history.runs.end() - options.last);
  }
  if (global.format == Format::kJson) {
    std::fputs(HistoryToJson(history).c_str(), stdout);
    return kExitDone;
  }
  if (history.runs.empty()) {
    std::puts("no run is recorded: extgate has not decided anything here yet");
  } else {
    std::fputs(HistoryText(history, ColourOf(stdout)).c_str(), stdout);
  }
  if (history.unreadable > 0) {
    std::fprintf(stderr, "extgate: history: %zu records cannot be read\n",
                 history.unreadable);
  }
  return kExitDone;
}

}  // namespace extgate
