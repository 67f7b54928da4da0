// Way in: NameWays::NamesFor.
#include "policy/diff/name_ways.h"

#include <array>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "policy/diff/version_language.h"
#include "policy/expression_set.h"

namespace extgate {
namespace {

// Outside and inside.
using Names = std::set<std::pair<std::string, std::string>>;

// The versions that the bounds of a range are of.
std::vector<std::string> BoundsOf(absl::string_view range) {
  std::vector<std::string> bounds;
  for (absl::string_view bound : absl::StrSplit(range, ',')) {
    const size_t begin = bound.find_first_not_of(" <>=!");
    if (begin == absl::string_view::npos) continue;
    bounds.emplace_back(absl::StripAsciiWhitespace(bound.substr(begin)));
  }
  return bounds;
}

// The versions that the bounds of a range are about: each bound, what is right
// below and right above it (UAPI.10: `~` sorts before the end, `-` right after
// it), and something far from all.
std::vector<std::string> VersionsAround(absl::string_view range) {
  std::vector<std::string> versions = {"0~", "99999"};
  for (const std::string& bound : BoundsOf(range)) {
    for (const char* more : {"", "~", "-~1", ".1"}) {
      versions.push_back(absl::StrCat(bound, more));
    }
  }
  return versions;
}

bool MayBeNamed(const PairedRule& rule, absl::string_view name) {
  return rule.compiled->names.empty() ||
         absl::c_any_of(rule.compiled->names, [&](const NamePattern& pattern) {
           return pattern.Matches(name) != PatternMatch::kNo;
         });
}

// As one name, and as one that says inside what is before `_` or `+`.
void AddBoth(const std::string& name, Names& names) {
  if (name.empty()) return;
  names.emplace(name, name);
  const size_t cut = name.find_first_of("_+");
  if (cut != std::string::npos && cut > 0) {
    names.emplace(name, name.substr(0, cut));
  }
}

void AddExamples(const PairedRule& rule, const std::string& name,
                 Names& names) {
  if (!rule.compiled->version.has_value()) return;
  for (const NamePattern& pattern : rule.compiled->names) {
    const auto star = pattern.StarText(name);
    if (!star.has_value()) continue;
    const size_t begin = star->data() - name.data();
    const std::string head = name.substr(0, begin);
    const std::string tail = name.substr(begin + star->size());
    for (const std::string& version :
         VersionsAround(rule.compiled->version->text())) {
      AddBoth(absl::StrCat(head, version, tail), names);
      AddBoth(absl::StrCat(head, version, *star, tail), names);
    }
  }
}

int VersionWay(const CompiledRule& rule, const std::string& name) {
  int way = -1;
  if (!rule.version.has_value()) return way;
  for (const NamePattern& pattern : rule.names) {
    const auto star = pattern.StarText(name);
    if (!star.has_value()) continue;
    const bool is_version = VersionRange::IsVersion(*star);
    way = way * 4 - (is_version ? 2 : 1) -
          (rule.version->Contains(*star) ? 1 : 0);
  }
  return way;
}

}  // namespace

NameWays::NameWays(const std::vector<PairedRule>& rules,
                   std::vector<const CompiledEntryMapping*> mappings)
    : rules_(rules), mappings_(std::move(mappings)) {
  for (const PairedRule& rule : rules_) {
    for (const NamePattern& pattern : rule.compiled->names) {
      AddPattern(pattern);
      const auto number = numbers_.find(pattern.text());
      if (number != numbers_.end())
        by_pattern_[number->second].push_back(&rule);
    }
  }
  for (const CompiledEntryMapping* mapping : mappings_) {
    AddPattern(mapping->match);
  }
  patterns_ = languages_.size();
  for (const PairedRule& rule : rules_) AddVersions(*rule.compiled);
}

void NameWays::AddPattern(const NamePattern& pattern) {
  if (numbers_.contains(pattern.text())) return;
  const auto expression = pattern.expression();
  auto language = expression ? LanguageOfExpression(*expression)
                             : LanguageOfGlob(pattern.text());
  if (!language) {
    unread_.insert(pattern.text());
    return;
  }
  numbers_.emplace(pattern.text(), static_cast<uint32_t>(languages_.size()));
  languages_.push_back(*std::move(language));
}

// For each bound what is older than it and what is as old: the rest is newer.
void NameWays::AddVersions(const CompiledRule& rule) {
  if (!rule.version.has_value()) return;
  const auto add = [this](std::optional<NameLanguage> language) {
    all_versions_ &= language.has_value();
    if (language) languages_.push_back(*std::move(language));
  };
  for (const NamePattern& pattern : rule.names) {
    const std::string& glob = pattern.text();
    if (known_versions_.insert(glob).second) add(LanguageOfNoVersion(glob));
    for (const std::string& bound : BoundsOf(rule.version->text())) {
      if (!known_versions_.insert(absl::StrCat(glob, "\n", bound)).second) {
        continue;
      }
      add(LanguageOfVersions(glob, bound, std::weak_ordering::less));
      add(LanguageOfVersions(glob, bound, std::weak_ordering::equivalent));
    }
  }
}

SeenNames NameWays::NamesFor(const PairedRule* focus) const {
  SeenNames seen;
  const NameCells cells = CellsOf(focus, seen);
  seen.complete = cells.complete;
  std::set<std::vector<int>> known;
  for (const auto& [outside, inside] : NamesOf(cells.cells)) {
    AddName({inside, outside, {}}, focus, known, seen.names);
  }
  return seen;
}

// With versions, and where that is too much without.
NameCells NameWays::CellsOf(const PairedRule* focus, SeenNames& seen) const {
  const std::vector<uint32_t> places = FocusOf(focus);
  const absl::Span<const NameLanguage> all = languages_;
  seen.versions_complete = all_versions_;
  if (languages_.size() > patterns_) {
    NameCells cells = FindNameCells(all, places);
    if (cells.complete) return cells;
    seen.versions_complete = false;
  }
  return FindNameCells(all.subspan(0, patterns_), places);
}

std::vector<uint32_t> NameWays::FocusOf(const PairedRule* rule) const {
  std::vector<uint32_t> focus;
  if (rule == nullptr) return focus;
  for (const NamePattern& pattern : rule->compiled->names) {
    const auto number = numbers_.find(pattern.text());
    if (number == numbers_.end()) return {};
    focus.push_back(number->second);
  }
  return focus;
}

// The names of `cells`, and for what has a `version` names around its bounds.
NameWays::Names NameWays::NamesOf(const std::vector<NameCell>& cells) const {
  Names names;
  for (const NameCell& cell : cells) {
    names.emplace(cell.name, cell.inside);
    for (const uint32_t number : cell.matched) {
      const auto rules = by_pattern_.find(number);
      if (rules == by_pattern_.end()) continue;
      for (const PairedRule* rule : rules->second) {
        AddExamples(*rule, cell.name, names);
      }
    }
  }
  for (const std::string& text : unread_) {
    const absl::string_view pattern = text;
    const absl::string_view head = FixedBeginning(pattern.substr(3));
    AddBoth(std::string(head), names);
    AddBoth(absl::StrCat(head, "0"), names);
  }
  return names;
}

void NameWays::AddName(SeenName name, const PairedRule* focus,
                       std::set<std::vector<int>>& known,
                       std::vector<SeenName>& seen) const {
  if (focus != nullptr && !MayBeNamed(*focus, name.inside) &&
      !MayBeNamed(*focus, name.outside)) {
    return;
  }
  std::vector<std::array<int, 4>> of_rules;
  for (const PairedRule& rule : rules_) {
    const bool inside = MayBeNamed(rule, name.inside);
    const bool outside = MayBeNamed(rule, name.outside);
    if (!inside && !outside) continue;
    name.rules.push_back(&rule);
    of_rules.push_back({rule.shape * 4 + static_cast<int>(rule.side),
                        (inside ? 2 : 0) + (outside ? 1 : 0),
                        VersionWay(*rule.compiled, name.inside),
                        VersionWay(*rule.compiled, name.outside)});
  }
  absl::c_sort(of_rules);
  std::vector<int> way;
  for (const auto& rule : of_rules) {
    way.insert(way.end(), rule.begin(), rule.end());
  }
  way.push_back(name.inside == name.outside);
  for (const CompiledEntryMapping* mapping : mappings_) {
    way.push_back(mapping->match.Matches(name.outside) != PatternMatch::kNo);
  }
  if (known.insert(std::move(way)).second) seen.push_back(std::move(name));
}

}  // namespace extgate
