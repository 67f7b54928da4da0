// Ways in: LanguageBuilder::Build, LanguageOfGlob, LanguageOfPathGlob,
// AllPaths.
#include "policy/diff/name_language.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_split.h"
#include "policy/characters.h"

namespace extgate {
namespace {

const CharacterSet& Slash() {
  static const auto& set = *new CharacterSet({{'/', '/'}});
  return set;
}

}  // namespace

// ---- sets of characters -----------------------------------------------------

CharacterSet::CharacterSet(std::vector<Range> ranges) {
  std::sort(ranges.begin(), ranges.end());
  for (const Range& range : ranges) {
    if (!ranges_.empty() && range.first <= ranges_.back().second + 1) {
      ranges_.back().second = std::max(ranges_.back().second, range.second);
    } else {
      ranges_.push_back(range);
    }
  }
}

CharacterSet CharacterSet::Complement() const {
  std::vector<Range> gaps;
  uint32_t next = 0;
  for (const auto& [first, last] : ranges_) {
    if (first > next) gaps.emplace_back(next, first - 1);
    next = last + 1;
  }
  if (next <= kLast) gaps.emplace_back(next, kLast);
  return CharacterSet(std::move(gaps));
}

bool CharacterSet::Contains(uint32_t character) const {
  return std::any_of(ranges_.begin(), ranges_.end(), [&](const Range& range) {
    return range.first <= character && character <= range.second;
  });
}

// ---- the builder ------------------------------------------------------------

int LanguageBuilder::AddPlace() {
  steps_.emplace_back();
  empty_.emplace_back();
  return static_cast<int>(steps_.size()) - 1;
}

void LanguageBuilder::AddMove(int from, CharacterSet on, int to) {
  steps_[from].push_back({std::move(on), to});
}

void LanguageBuilder::AddEmptyMove(int from, int to) {
  empty_[from].push_back(to);
}

std::vector<int> LanguageBuilder::ReachedFrom(int from) const {
  std::vector<bool> reached(steps_.size());
  std::vector<int> waiting = {from};
  reached[from] = true;
  while (!waiting.empty()) {
    const int at = waiting.back();
    waiting.pop_back();
    for (const int to : empty_[at]) {
      if (reached[to]) continue;
      reached[to] = true;
      waiting.push_back(to);
    }
  }
  std::vector<int> places;
  for (size_t i = 0; i < reached.size(); ++i) {
    if (reached[i]) places.push_back(static_cast<int>(i));
  }
  return places;
}

std::optional<NameLanguage> LanguageBuilder::Build(int last) const {
  // Only places from which a character leads on, and the last, tell names
  // apart.
  std::vector<int> numbers(steps_.size(), -1);
  int count = 0;
  for (size_t i = 0; i < steps_.size(); ++i) {
    if (!steps_[i].empty() || static_cast<int>(i) == last) {
      numbers[i] = count++;
    }
  }
  if (count > kMostPlaces) return std::nullopt;
  const auto reached = [&](int from) {
    PlaceBits places = 0;
    for (const int place : ReachedFrom(from)) {
      if (numbers[place] >= 0) places |= PlaceBits{1} << numbers[place];
    }
    return places;
  };
  NameLanguage language;
  language.start = reached(first());
  language.end = PlaceBits{1} << numbers[last];
  std::map<CharacterSet, uint32_t> known;
  for (size_t i = 0; i < steps_.size(); ++i) {
    for (const Step& step : steps_[i]) {
      const auto [set, is_new] =
          known.emplace(step.on, static_cast<uint32_t>(language.sets.size()));
      if (is_new) language.sets.push_back(step.on);
      language.moves.push_back({numbers[i], set->second, reached(step.to)});
    }
  }
  return language;
}

// ---- globs ------------------------------------------------------------------

int AddGlob(absl::string_view glob, const CharacterSet& any, int at,
            LanguageBuilder& builder) {
  for (size_t i = 0; i < glob.size();) {
    const int next = builder.AddPlace();
    const uint32_t character = TakeCharacter(glob, i);
    if (character == '*') {
      builder.AddEmptyMove(at, next);
      builder.AddMove(next, any, next);
    } else if (character == '?') {
      builder.AddMove(at, any, next);
    } else if (character == '[') {
      const bool negated = i < glob.size() && glob[i] == '!';
      if (negated) ++i;
      std::vector<CharacterSet::Range> ranges;
      for (bool first = true; i < glob.size() && (first || glob[i] != ']');
           first = false) {
        const uint32_t low = TakeCharacter(glob, i);
        uint32_t high = low;
        if (i + 1 < glob.size() && glob[i] == '-' && glob[i + 1] != ']') {
          ++i;
          high = TakeCharacter(glob, i);
        }
        ranges.emplace_back(low, high);
      }
      ++i;
      if (negated) {
        const CharacterSet none = any.Complement();
        for (const CharacterSet::Range& range : none.ranges()) {
          ranges.push_back(range);
        }
      }
      const CharacterSet set(std::move(ranges));
      builder.AddMove(at, negated ? set.Complement() : set, next);
    } else {
      builder.AddMove(at, CharacterSet({{character, character}}), next);
    }
    at = next;
  }
  return at;
}

std::optional<NameLanguage> LanguageOfGlob(absl::string_view glob) {
  LanguageBuilder builder;
  const int last = AddGlob(glob, CharacterSet::All(), builder.first(), builder);
  return builder.Build(last);
}

std::optional<NameLanguage> LanguageOfPathGlob(absl::string_view glob) {
  const CharacterSet any = Slash().Complement();
  LanguageBuilder builder;
  int at = builder.first();
  const std::vector<absl::string_view> parts =
      absl::StrSplit(glob.substr(1), '/');
  for (size_t i = 0; i < parts.size(); ++i) {
    const int inside = builder.AddPlace();
    builder.AddMove(at, Slash(), inside);
    if (parts[i] != "**") {
      at = AddGlob(parts[i], any, inside, builder);
      continue;
    }
    const int behind = builder.AddPlace();
    builder.AddMove(inside, any, inside);
    builder.AddMove(inside, any, behind);
    builder.AddMove(behind, Slash(), inside);
    if (i + 1 < parts.size()) builder.AddEmptyMove(at, behind);
    at = behind;
  }
  return builder.Build(at);
}

NameLanguage AllPaths() {
  const CharacterSet dot({{'.', '.'}});
  const CharacterSet others = CharacterSet({{'.', '/'}}).Complement();
  const CharacterSet any = Slash().Complement();
  LanguageBuilder builder;
  const int begin = builder.AddPlace();
  const int one_dot = builder.AddPlace();
  const int two_dots = builder.AddPlace();
  const int part = builder.AddPlace();
  builder.AddMove(builder.first(), Slash(), begin);
  builder.AddMove(begin, dot, one_dot);
  builder.AddMove(begin, others, part);
  builder.AddMove(one_dot, dot, two_dots);
  builder.AddMove(one_dot, others, part);
  builder.AddMove(two_dots, any, part);
  builder.AddMove(part, any, part);
  builder.AddMove(part, Slash(), begin);
  return *builder.Build(part);
}

}  // namespace extgate
