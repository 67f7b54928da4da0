// Ways in: SortAsShown, NextToBoot.
#include "engine/boot/boot_order.h"

#include <fnmatch.h>

#include <algorithm>
#include <compare>
#include <numeric>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "policy/version_order.h"

namespace extgate {
namespace {

constexpr char kSaved[] = "@saved";

// Newest first. Equal versions of different spelling are alike here.
std::weak_ordering Newest(absl::string_view a, absl::string_view b) {
  return CompareVersions(b, a);
}

std::weak_ordering AsShown(const BootEntry& a, const BootEntry& b) {
  std::weak_ordering order = a.name.IsBad() <=> b.name.IsBad();
  if (order != 0) return order;
  order = a.sort_key.empty() <=> b.sort_key.empty();
  if (order != 0) return order;
  if (!a.sort_key.empty()) {
    order = a.sort_key <=> b.sort_key;
    if (order != 0) return order;
    order = a.machine_id <=> b.machine_id;
    if (order != 0) return order;
    order = Newest(a.version, b.version);
    if (order != 0) return order;
  }
  order = Newest(a.Id(), b.Id());
  if (order != 0) return order;
  const auto& mine = a.name.tries();
  const auto& theirs = b.name.tries();
  if (!mine.has_value() || !theirs.has_value()) {
    return std::weak_ordering::equivalent;
  }
  order = theirs->left <=> mine->left;
  return order != 0 ? order : mine->done <=> theirs->done;
}

std::optional<size_t> Matching(const std::vector<BootEntry>& entries,
                               const std::string& pattern) {
  if (pattern.empty()) return std::nullopt;
  const std::string lower = absl::AsciiStrToLower(pattern);
  for (size_t i = 0; i < entries.size(); ++i) {
    if (fnmatch(lower.c_str(), entries[i].Id().c_str(), 0) == 0) return i;
  }
  return std::nullopt;
}

}  // namespace

void SortAsShown(std::vector<BootEntry>& entries) {
  // Places are sorted: for a few entries not worth the code of moving them.
  std::vector<size_t> order(entries.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    const auto shown = AsShown(entries[a], entries[b]);
    return shown != 0 ? shown < 0 : a < b;
  });
  std::vector<BootEntry> sorted;
  sorted.reserve(entries.size());
  for (size_t place : order) sorted.push_back(std::move(entries[place]));
  entries = std::move(sorted);
}

std::optional<NextBoot> NextToBoot(const std::vector<BootEntry>& entries,
                                   const LoaderChoice& choice) {
  const struct {
    ChosenBy chosen_by;
    const std::string& pattern;
  } pinned[] = {
      {ChosenBy::kOneShot, choice.one_shot},
      {ChosenBy::kPreferred, choice.preferred_variable},
      {ChosenBy::kPreferred, choice.preferred_file},
      {ChosenBy::kDefaultVariable, choice.default_variable},
      {ChosenBy::kDefaultFile, choice.default_file},
  };
  for (const auto& [chosen_by, pattern] : pinned) {
    const auto found =
        Matching(entries, pattern == kSaved ? choice.last_booted : pattern);
    if (!found.has_value()) continue;
    if (chosen_by == ChosenBy::kPreferred && entries[*found].name.IsBad()) {
      continue;
    }
    return NextBoot{*found, chosen_by};
  }
  if (entries.empty()) return std::nullopt;
  return NextBoot{0, ChosenBy::kOrder};
}

LoaderChoice WithLoaderConf(LoaderChoice choice, absl::string_view text) {
  for (absl::string_view line : absl::StrSplit(text, absl::ByAnyChar("\r\n"))) {
    line = absl::StripAsciiWhitespace(line);
    const size_t end = line.find_first_of(" \t");
    if (line.empty() || line.front() == '#' || end == absl::string_view::npos) {
      continue;
    }
    const absl::string_view value =
        absl::StripLeadingAsciiWhitespace(line.substr(end));
    if (line.substr(0, end) == "default") {
      choice.default_file = std::string(value);
    } else if (line.substr(0, end) == "preferred") {
      choice.preferred_file = std::string(value);
    }
  }
  return choice;
}

}  // namespace extgate
