// Way in: OutlookOfFailing.
#include "engine/boot/failure.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace extgate {
namespace {

FailureOutlook NotWorthIt(std::string why) { return {std::move(why), ""}; }

// The entries once the one at `place` has no tries left.
std::vector<BootEntry> WithBad(std::vector<BootEntry> entries, size_t place) {
  BootEntry& entry = entries[place];
  entry.name = *EntryName::Parse(entry.name.With(entry.name.TriesWhenBad()));
  SortAsShown(entries);
  return entries;
}

}  // namespace

std::optional<size_t> CountedEntry(const BootAssessment& assessment) {
  const absl::string_view path = assessment.counted_path;
  const size_t slash = path.rfind('/');
  if (slash == absl::string_view::npos) return std::nullopt;
  const auto name = EntryName::Parse(path.substr(slash + 1));
  if (!name.has_value()) return std::nullopt;
  for (size_t i = 0; i < assessment.entries.size(); ++i) {
    const BootEntry& entry = assessment.entries[i];
    // FAT does not tell case apart, and counters may be spelled "+1-0".
    if (absl::EqualsIgnoreCase(entry.directory, path.substr(0, slash)) &&
        absl::EqualsIgnoreCase(entry.name.With(entry.name.tries()),
                               name->With(name->tries()))) {
      return i;
    }
  }
  return std::nullopt;
}

std::string WhyNeverFailed(const std::string& entry,
                           const std::vector<std::string>& may_fail) {
  if (entry.empty()) return "nothing tells which entry is booted";
  if (std::find(may_fail.begin(), may_fail.end(), entry) == may_fail.end()) {
    return absl::StrCat("`", entry, "` is not one of fail_boot.entries");
  }
  return "";
}

std::string WhyNextIsNoBetter(const std::string& next) {
  return absl::StrCat("the images of the next entry, `", next,
                      "`, would not pass either");
}

FailureOutlook OutlookOfFailing(
    const BootAssessment& assessment, const std::string& entry,
    const std::vector<std::string>& may_fail,
    const std::function<std::string(const BootEntry&)>& word_of,
    const std::function<bool(const BootEntry&)>& passes) {
  if (std::string never = WhyNeverFailed(entry, may_fail); !never.empty()) {
    return NotWorthIt(std::move(never));
  }
  if (assessment.counted_path.empty()) {
    return NotWorthIt("this boot is not counted");
  }
  const auto counted = CountedEntry(assessment);
  if (!counted.has_value()) {
    return NotWorthIt(absl::StrCat("the counted entry `",
                                   assessment.counted_path,
                                   "` is not there any more"));
  }
  const std::string id = assessment.entries[*counted].Id();
  if (word_of(assessment.entries[*counted]) != entry) {
    return NotWorthIt(absl::StrCat("the entry that is counted is `", id, "`"));
  }
  const auto later = WithBad(assessment.entries, *counted);
  LoaderChoice choice = assessment.choice;
  choice.one_shot.clear();
  const auto next = NextToBoot(later, choice);
  // There is one at least: the counted one.
  const BootEntry& comes_up = later[next->entry];
  if (comes_up.Id() == id) {
    return NotWorthIt(next->chosen_by == ChosenBy::kOrder
                          ? "there is no other entry that could be booted"
                          : absl::StrCat("`", id, "` is pinned by ",
                                         ToWord(next->chosen_by),
                                         ", so it would be booted again"));
  }
  if (comes_up.name.IsBad()) {
    return NotWorthIt(absl::StrCat("the next entry, `", comes_up.Id(),
                                   "`, has failed itself"));
  }
  if (!passes(comes_up)) {
    return NotWorthIt(WhyNextIsNoBetter(comes_up.Id()));
  }
  return {"", comes_up.Id()};
}

}  // namespace extgate
