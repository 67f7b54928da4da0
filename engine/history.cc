// Ways in: WithRun, ParseHistory, HistoryToJson, KeepHistory.
#include "engine/history.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/message_json.h"
#include "engine/word_decoder.h"
#include "policy/printable.h"
#include "proto/state.pb.h"

namespace extgate {
namespace {

// INVARIANT: kMostTextBytes a text, at most six times as long in JSON, and
// kMostNamesCost of names leave a new run and its verdicts well below
// kMostHistoryBytes.
constexpr size_t kMostTextBytes = 128;
constexpr size_t kMostNamesCost = 24 * 1024;

// An image as the history knows it. Of several with one name the first counts,
// as for systemd.
using ImageKey = std::pair<ImageClass, std::string>;
using Verdicts = std::map<ImageKey, Verdict>;

// `text` safe to show, cut to kMostTextBytes between characters.
std::string Short(absl::string_view text) {
  const std::string whole = PrintableText(text.substr(0, 4 * kMostTextBytes));
  size_t end = 0;
  while (end < whole.size()) {
    const int length = Utf8Length(absl::string_view(whole).substr(end));
    if (length == 0 || end + length > kMostTextBytes) break;
    end += length;
  }
  return whole.substr(0, end);
}

// At least what `text` takes up in JSON, with quotes and a comma.
size_t CostInJson(absl::string_view text) {
  size_t cost = 3;
  for (const char c : text) {
    cost += absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.' ? 1 : 6;
  }
  return cost;
}

Verdicts VerdictsOf(const Report& report) {
  Verdicts verdicts;
  for (const ReportedImage& image : report.images) {
    verdicts.emplace(ImageKey(image.image_class, Short(image.name)),
                     image.verdict);
  }
  return verdicts;
}

// The verdicts of one run, as far as they were kept.
struct KeptVerdicts {
  std::string time;
  Verdicts verdicts;
  bool partial = false;
};

// With as many names as fit.
std::string LineOf(const std::string& time, const Verdicts& verdicts) {
  v1::HistoryVerdicts message;
  message.set_time(time);
  size_t cost = 0;
  for (const auto& [key, verdict] : verdicts) {
    std::string image =
        absl::StrCat(ToWord(key.first), " ", ToWord(verdict), " ", key.second);
    cost += CostInJson(image);
    if (cost > kMostNamesCost) {
      message.set_partial(true);
      break;
    }
    message.add_images(std::move(image));
  }
  return MessageToJson(message, JsonLayout::kOneLine);
}

// nullopt when `line` is no such record.
std::optional<KeptVerdicts> VerdictsIn(absl::string_view line) {
  auto message = MessageFromJson<v1::HistoryVerdicts>(line, "verdicts");
  if (!message.ok()) return std::nullopt;
  KeptVerdicts kept;
  kept.time = message->time();
  kept.partial = message->partial();
  absl::Status status;
  for (const std::string& image : message->images()) {
    const std::vector<std::string> words =
        absl::StrSplit(image, absl::MaxSplits(' ', 2));
    if (words.size() != 3) return std::nullopt;
    ImageClass image_class = ImageClass::kSysext;
    Verdict verdict = Verdict::kAllow;
    DecodeInto(words[0], image_class, status);
    DecodeInto(words[1], verdict, status);
    kept.verdicts.emplace(ImageKey(image_class, words[2]), verdict);
  }
  if (!status.ok()) return std::nullopt;
  return kept;
}

std::vector<VerdictChange> Changes(const KeptVerdicts& before,
                                   const Verdicts& after) {
  std::vector<VerdictChange> changes;
  for (const auto& [key, verdict] : after) {
    const auto found = before.verdicts.find(key);
    if (found == before.verdicts.end()) {
      if (before.partial) continue;  // nobody knows what it was
      changes.push_back({key.second, key.first, std::nullopt, verdict});
    } else if (found->second != verdict) {
      changes.push_back({key.second, key.first, found->second, verdict});
    }
  }
  for (const auto& [key, verdict] : before.verdicts) {
    if (after.contains(key)) continue;
    changes.push_back({key.second, key.first, verdict, std::nullopt});
  }
  return changes;
}

HistoryRun RunOf(const Report& report, std::vector<VerdictChange> changes) {
  HistoryRun run;
  run.time = Short(report.time);
  run.boot_id = Short(report.boot_id);
  run.entry = Short(report.entry);
  run.mode = report.mode;
  run.outcome = report.outcome;
  run.policy_sha256 = Short(report.policy_sha256);
  for (const ReportedImage& image : report.images) ++run.images[image.verdict];
  const size_t kept = std::min(changes.size(), kMostChanges);
  run.more_changes = changes.size() - kept;
  changes.resize(kept);
  run.changes = std::move(changes);
  return run;
}

void Encode(const HistoryRun& run, v1::HistoryRun& out) {
  out.set_time(run.time);
  out.set_boot_id(run.boot_id);
  out.set_entry(run.entry);
  out.set_mode(ToWord(run.mode));
  out.set_outcome(ToWord(run.outcome));
  out.set_policy_sha256(run.policy_sha256);
  for (const auto& [verdict, count] : run.images) {
    v1::HistoryCount* counted = out.add_images();
    counted->set_verdict(ToWord(verdict));
    counted->set_count(static_cast<int32_t>(count));
  }
  for (const VerdictChange& change : run.changes) {
    v1::HistoryChange* changed = out.add_changes();
    changed->set_name(change.name);
    changed->set_class_(ToWord(change.image_class));
    if (change.before) changed->set_before(ToWord(*change.before));
    if (change.after) changed->set_after(ToWord(*change.after));
  }
  out.set_more_changes(static_cast<int32_t>(run.more_changes));
}

std::optional<Verdict> DecodeVerdict(const std::string& word,
                                     absl::Status& status) {
  if (word.empty()) return std::nullopt;
  Verdict verdict = Verdict::kAllow;
  DecodeInto(word, verdict, status);
  return verdict;
}

// nullopt when `line` is no such record. Whoever wrote it, it is safe to show.
std::optional<HistoryRun> RunIn(absl::string_view line) {
  auto message = MessageFromJson<v1::HistoryRun>(line, "a run");
  if (!message.ok() || message->time().empty()) return std::nullopt;
  HistoryRun run;
  run.time = Short(message->time());
  run.boot_id = Short(message->boot_id());
  run.entry = Short(message->entry());
  run.policy_sha256 = Short(message->policy_sha256());
  absl::Status status;
  DecodeInto(message->mode(), run.mode, status);
  DecodeInto(message->outcome(), run.outcome, status);
  for (const v1::HistoryCount& counted : message->images()) {
    Verdict verdict = Verdict::kAllow;
    DecodeInto(counted.verdict(), verdict, status);
    run.images[verdict] = static_cast<size_t>(std::max(counted.count(), 0));
  }
  for (const v1::HistoryChange& changed : message->changes()) {
    VerdictChange change;
    change.name = Short(changed.name());
    DecodeInto(changed.class_(), change.image_class, status);
    change.before = DecodeVerdict(changed.before(), status);
    change.after = DecodeVerdict(changed.after(), status);
    run.changes.push_back(std::move(change));
  }
  run.more_changes = static_cast<size_t>(std::max(message->more_changes(), 0));
  if (!status.ok()) return std::nullopt;
  return run;
}

// The lines of `text` that count: what is longer than was ever written loses
// its end.
std::vector<absl::string_view> Lines(absl::string_view text) {
  return absl::StrSplit(text.substr(0, kMostHistoryBytes), '\n',
                        absl::SkipEmpty());
}

// The verdicts of the last run in `lines`; nullopt when nobody knows them.
std::optional<KeptVerdicts> LastVerdicts(
    const std::vector<absl::string_view>& lines) {
  if (lines.size() < 2) return std::nullopt;
  auto kept = VerdictsIn(lines.front());
  const auto last = RunIn(lines.back());
  if (!kept || !last || kept->time != last->time) return std::nullopt;
  return kept;
}

}  // namespace

std::string WithRun(absl::string_view text, const Report& report) {
  std::vector<absl::string_view> lines = Lines(text);
  const std::optional<KeptVerdicts> before = LastVerdicts(lines);
  const Verdicts now = VerdictsOf(report);
  const HistoryRun run = RunOf(
      report, before ? Changes(*before, now) : std::vector<VerdictChange>());
  v1::HistoryRun message;
  Encode(run, message);
  const std::string head = LineOf(run.time, now);
  const std::string tail = MessageToJson(message, JsonLayout::kOneLine);

  // Of the lines between, the youngest that fit.
  size_t bytes = head.size() + tail.size() + 2;
  size_t first = lines.size();
  while (first > 1 && lines.size() - first + 1 < kMostRuns &&
         bytes + lines[first - 1].size() + 1 <= kMostHistoryBytes) {
    --first;
    bytes += lines[first].size() + 1;
  }
  std::string out = absl::StrCat(head, "\n");
  for (size_t i = first; i < lines.size(); ++i) {
    absl::StrAppend(&out, lines[i], "\n");
  }
  absl::StrAppend(&out, tail, "\n");
  return out;
}

History ParseHistory(absl::string_view text) {
  History history;
  const std::vector<absl::string_view> lines = Lines(text);
  if (!lines.empty() && !VerdictsIn(lines.front())) ++history.unreadable;
  for (size_t i = 1; i < lines.size(); ++i) {
    if (auto run = RunIn(lines[i])) {
      history.runs.push_back(*std::move(run));
    } else {
      ++history.unreadable;
    }
  }
  return history;
}

std::string HistoryToJson(const History& history) {
  v1::HistoryList list;
  for (const HistoryRun& run : history.runs) Encode(run, *list.add_runs());
  list.set_unreadable(static_cast<int32_t>(history.unreadable));
  return MessageToJson(list, JsonLayout::kIndented);
}

std::vector<Diagnostic> KeepHistory(const Report& report, StatePort& state) {
  const auto kept = state.ReadState(kHistoryState);
  absl::Status status = kept.status();
  // One that is too long is none of ours, and is replaced.
  if (status.ok() || absl::IsNotFound(status) ||
      absl::IsResourceExhausted(status)) {
    status = state.WriteState(
        kHistoryState, WithRun(kept.ok() ? *kept : std::string(), report));
  }
  if (status.ok()) return {};
  return {{DiagnosticCode::kStateUnkept,
           Severity::kNote,
           {},
           absl::StrCat("this run is not in the history: ", status.message()),
           ""}};
}

}  // namespace extgate
