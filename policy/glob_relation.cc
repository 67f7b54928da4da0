// Ways in: Covered and Overlap. A glob is an automaton whose states are the
// places between its tokens; both questions are searches over pairs of them,
// with one character for each class of characters that no token tells apart.
#include "policy/glob_relation.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

namespace extgate {

class GlobAutomaton {
 public:
  using States = std::vector<uint16_t>;  // sorted, each once

  static constexpr size_t kMaxTokens = 256;

  explicit GlobAutomaton(const Glob& glob) : glob_(glob) {
    // Those that are compared by bytes have none; they hold no bracket, which
    // alone could be wrong.
    if (glob_.tokens_.empty()) glob_.ReadTokens().IgnoreError();
  }

  bool IsSmall() const { return glob_.tokens_.size() <= kMaxTokens; }

  States Start() const { return Closed({0}); }

  bool Accepts(const States& states) const {
    return !states.empty() && states.back() == glob_.tokens_.size();
  }

  States Step(const States& states, uint32_t character) const {
    States next;
    for (uint16_t state : states) {
      if (state == glob_.tokens_.size()) continue;
      const Glob::Token& token = glob_.tokens_[state];
      if (token.kind == Glob::Kind::kRun) {
        next.push_back(state);
      } else if (glob_.Takes(token, character)) {
        next.push_back(static_cast<uint16_t>(state + 1));
      }
    }
    return Closed(std::move(next));
  }

  // Adds where classes of characters begin.
  void AddBounds(std::set<uint32_t>& bounds) const {
    for (const Glob::Range& range : glob_.ranges_) {
      bounds.insert(range.first);
      bounds.insert(range.second + 1);
    }
  }

 private:
  // A `*` may take nothing.
  States Closed(States states) const {
    for (size_t i = 0; i < states.size(); ++i) {
      const uint16_t state = states[i];
      if (state < glob_.tokens_.size() &&
          glob_.tokens_[state].kind == Glob::Kind::kRun) {
        states.push_back(static_cast<uint16_t>(state + 1));
      }
    }
    std::sort(states.begin(), states.end());
    states.erase(std::unique(states.begin(), states.end()), states.end());
    return states;
  }

  Glob glob_;
};

namespace {

using States = GlobAutomaton::States;

constexpr size_t kMaxPairs = 4096;
// One past the last character: those of UTF-8, then bytes that are none.
constexpr uint32_t kCharacters = 0x110000 + 0x100;

std::vector<uint32_t> Characters(absl::Span<const GlobAutomaton> automata) {
  std::set<uint32_t> bounds = {1};  // no text holds a NUL
  for (const GlobAutomaton& automaton : automata) automaton.AddBounds(bounds);
  std::vector<uint32_t> characters;
  for (uint32_t bound : bounds) {
    if (0 < bound && bound < kCharacters) characters.push_back(bound);
  }
  return characters;
}

// A search over what all automata are in at once, from their starts on.
// `is_found` and `goes_on` are asked about each such state. nullopt: given up.
template <typename IsFound, typename GoesOn>
std::optional<bool> Search(absl::Span<const GlobAutomaton> automata,
                           IsFound is_found, GoesOn goes_on) {
  for (const GlobAutomaton& automaton : automata) {
    if (!automaton.IsSmall()) return std::nullopt;
  }
  const std::vector<uint32_t> characters = Characters(automata);
  std::vector<States> start;
  for (const GlobAutomaton& automaton : automata) {
    start.push_back(automaton.Start());
  }
  std::set<std::vector<States>> seen = {start};
  std::vector<std::vector<States>> open = {std::move(start)};
  while (!open.empty()) {
    const std::vector<States> states = std::move(open.back());
    open.pop_back();
    if (is_found(states)) return true;
    for (uint32_t character : characters) {
      std::vector<States> next;
      for (size_t i = 0; i < states.size(); ++i) {
        next.push_back(automata[i].Step(states[i], character));
      }
      if (!goes_on(next) || !seen.insert(next).second) continue;
      if (seen.size() > kMaxPairs) return std::nullopt;
      open.push_back(std::move(next));
    }
  }
  return false;
}

}  // namespace

std::optional<bool> Covered(const Glob& narrow, absl::Span<const Glob> wide) {
  std::vector<GlobAutomaton> automata = {GlobAutomaton(narrow)};
  for (const Glob& glob : wide) automata.emplace_back(glob);
  // A text of `narrow` alone.
  const auto escaped = Search(
      automata,
      [&](const std::vector<States>& states) {
        if (!automata[0].Accepts(states[0])) return false;
        for (size_t i = 1; i < states.size(); ++i) {
          if (automata[i].Accepts(states[i])) return false;
        }
        return true;
      },
      [](const std::vector<States>& states) { return !states[0].empty(); });
  if (!escaped.has_value()) return std::nullopt;
  return !*escaped;
}

std::optional<bool> Overlap(const Glob& a, const Glob& b) {
  const std::vector<GlobAutomaton> automata = {GlobAutomaton(a),
                                               GlobAutomaton(b)};
  return Search(
      automata,
      [&](const std::vector<States>& states) {
        return automata[0].Accepts(states[0]) && automata[1].Accepts(states[1]);
      },
      [](const std::vector<States>& states) {
        return !states[0].empty() && !states[1].empty();
      });
}

}  // namespace extgate
