// Ways in: FindNameCells and FindPathCells.
#include "policy/diff/name_cells.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "policy/printable.h"

namespace extgate {
namespace {

// Moves of single automata in all: some seconds.
constexpr size_t kMaxSteps = 60'000'000;

enum class NameKind { kName, kPath };

// Whether names of that kind may have it.
bool MayBeIn(NameKind kind, uint32_t character) {
  if (character < ' ' || character == 0x7f) return false;
  if (character >= 0xd800 && character < 0xe000) return false;
  if (character > 0x10ffff) return false;
  return character != '/' || kind == NameKind::kPath;
}

// Characters of which each two are told apart by one of `sets`.
std::vector<uint32_t> Alphabet(NameKind kind,
                               const std::set<CharacterSet>& sets) {
  std::vector<uint32_t> all = {'_', '+'};
  for (char c = 'a'; c <= 'z'; ++c) all.push_back(c);
  for (char c = '!'; c <= '~'; ++c) {
    if (c < 'a' || c > 'z') all.push_back(c);
  }
  all.push_back(0xe9);
  for (const CharacterSet& set : sets) {
    for (const auto& [first, last] : set.ranges()) {
      for (const uint32_t near : {first, last, first - 1, last + 1}) {
        all.push_back(near);
      }
    }
  }
  std::vector<uint32_t> apart;
  std::set<std::vector<bool>> seen;
  for (const uint32_t character : all) {
    if (!MayBeIn(kind, character)) continue;
    // `_` and `+` end the name inside.
    std::vector<bool> taken = {character == '_' || character == '+'};
    for (const CharacterSet& set : sets) {
      taken.push_back(set.Contains(character));
    }
    if (seen.insert(std::move(taken)).second) apart.push_back(character);
  }
  return apart;
}

// A language over an alphabet.
struct Automaton {
  // By character: from a place, where it leads.
  std::vector<std::vector<std::pair<int, PlaceBits>>> moves;
  PlaceBits start = 0;
  PlaceBits end = 0;

  PlaceBits Step(PlaceBits at, size_t character) const {
    PlaceBits after = 0;
    for (const auto& [from, to] : moves[character]) {
      if ((at >> from & 1) != 0) after |= to;
    }
    return after;
  }
};

// The name inside is this name, in which there was no `_` or `+` yet, or was.
constexpr int kNoCut = -1;
constexpr int kWhole = -2;

// Where one is within a name.
struct State {
  // The languages that it may still belong to, and where in each one is.
  std::vector<std::pair<uint32_t, PlaceBits>> at;
  int inside = kNoCut;  // or to which the name inside belongs
};

// The bytes of a state: equal states, equal keys.
std::string KeyOf(const State& state) {
  std::string key;
  key.reserve(sizeof(int) +
              state.at.size() * (sizeof(uint32_t) + sizeof(PlaceBits)));
  key.append(reinterpret_cast<const char*>(&state.inside), sizeof(int));
  for (const auto& [language, places] : state.at) {
    key.append(reinterpret_cast<const char*>(&language), sizeof(language));
    key.append(reinterpret_cast<const char*>(&places), sizeof(places));
  }
  return key;
}

// A state, and a name that leads there.
struct Waiting {
  State state;
  std::string name;
  std::string inside;  // with state.inside
};

class Search {
 public:
  Search(NameKind kind, absl::Span<const NameLanguage> languages,
         absl::Span<const uint32_t> focus)
      : kind_(kind), focus_(focus.begin(), focus.end()) {
    std::set<CharacterSet> sets;
    for (const NameLanguage& language : languages) {
      sets.insert(language.sets.begin(), language.sets.end());
    }
    const std::vector<uint32_t> alphabet = Alphabet(kind, sets);
    for (const uint32_t character : alphabet) {
      AppendUtf8(character, alphabet_.emplace_back());
    }
    std::map<CharacterSet, std::vector<size_t>> members;
    for (const CharacterSet& set : sets) {
      for (size_t i = 0; i < alphabet.size(); ++i) {
        if (set.Contains(alphabet[i])) members[set].push_back(i);
      }
    }
    for (const NameLanguage& language : languages) {
      Automaton& automaton = automata_.emplace_back();
      automaton.start = language.start;
      automaton.end = language.end;
      automaton.moves.resize(alphabet_.size());
      for (const NameLanguage::Move& move : language.moves) {
        for (const size_t i : members[language.sets[move.set]]) {
          automaton.moves[i].emplace_back(move.from, move.to);
        }
      }
    }
  }

  NameCells Run() {
    Waiting start;
    for (uint32_t i = 0; i < automata_.size(); ++i) {
      start.state.at.emplace_back(i, automata_[i].start);
    }
    // Not yet a name: the same state behind some characters is one.
    waiting_.push_back(std::move(start));
    while (!waiting_.empty()) {
      const Waiting from = std::move(waiting_.front());
      waiting_.pop_front();
      if (seen_.size() > kMaxNameStates || steps_ > kMaxSteps) {
        found_.complete = false;
        break;
      }
      for (size_t i = 0; i < alphabet_.size(); ++i) {
        Follow(from, i);
      }
    }
    return std::move(found_);
  }

 private:
  // One character on, which may be where the name inside ends.
  void Follow(const Waiting& from, size_t character) {
    const std::string& text = alphabet_[character];
    State next = {After(from.state.at, character), from.state.inside};
    if (kind_ == NameKind::kName && (text == "_" || text == "+") &&
        from.state.inside == kNoCut) {
      if (!from.name.empty()) {
        State cut = next;
        cut.inside = NumberOf(MatchedBy(from.state));
        Visit(std::move(cut), from.name, text, from.name);
      }
      next.inside = kWhole;
    }
    Visit(std::move(next), from.name, text, from.inside);
  }

  std::vector<std::pair<uint32_t, PlaceBits>> After(
      const std::vector<std::pair<uint32_t, PlaceBits>>& at, size_t character) {
    std::vector<std::pair<uint32_t, PlaceBits>> after;
    ++steps_;
    for (const auto& [language, places] : at) {
      steps_ += automata_[language].moves[character].size() + 1;
      const PlaceBits next = automata_[language].Step(places, character);
      if (next != 0) after.emplace_back(language, next);
    }
    return after;
  }

  std::vector<uint32_t> MatchedBy(const State& state) const {
    std::vector<uint32_t> matched;
    for (const auto& [language, places] : state.at) {
      if ((places & automata_[language].end) != 0) matched.push_back(language);
    }
    return matched;
  }

  int NumberOf(const std::vector<uint32_t>& matched) {
    const auto [at, is_new] =
        insides_.emplace(matched, static_cast<int>(insides_.size()));
    if (is_new) {
      in_focus_.push_back(absl::c_any_of(matched, [this](uint32_t language) {
        return focus_.contains(language);
      }));
    }
    return at->second;
  }

  // A state that `head` and `text` lead to.
  void Visit(State state, const std::string& head, const std::string& text,
             const std::string& inside) {
    const bool inside_counts =
        focus_.empty() || (state.inside >= 0 && in_focus_[state.inside]);
    if (!inside_counts && absl::c_none_of(state.at, [this](const auto& at) {
          return focus_.contains(at.first);
        })) {
      return;
    }
    if (!seen_.insert(KeyOf(state)).second) return;
    std::vector<uint32_t> matched = MatchedBy(state);
    const bool counts =
        inside_counts || absl::c_any_of(matched, [this](uint32_t language) {
          return focus_.contains(language);
        });
    std::string name = head + text;
    if (counts &&
        known_.emplace(std::max(state.inside, kNoCut), matched).second) {
      found_.cells.push_back(
          {name, state.inside < 0 ? name : inside, std::move(matched)});
    }
    waiting_.push_back({std::move(state), std::move(name), inside});
  }

  const NameKind kind_;
  const std::set<uint32_t> focus_;
  std::vector<std::string> alphabet_;
  std::vector<Automaton> automata_;
  std::deque<Waiting> waiting_;
  std::map<std::vector<uint32_t>, int> insides_;
  std::vector<bool> in_focus_;  // by number of insides_
  absl::flat_hash_set<std::string> seen_;
  std::set<std::pair<int, std::vector<uint32_t>>> known_;
  size_t steps_ = 0;
  NameCells found_;
};

}  // namespace

NameCells FindNameCells(absl::Span<const NameLanguage> languages,
                        absl::Span<const uint32_t> focus) {
  return Search(NameKind::kName, languages, focus).Run();
}

NameCells FindPathCells(std::vector<NameLanguage> languages) {
  const auto all = static_cast<uint32_t>(languages.size());
  languages.push_back(AllPaths());
  NameCells found = Search(NameKind::kPath, languages, {all}).Run();
  for (NameCell& cell : found.cells) cell.matched.pop_back();  // `all`
  return found;
}

}  // namespace extgate
