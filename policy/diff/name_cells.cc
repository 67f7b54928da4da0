// One way in: FindNameCells.
#include "policy/diff/name_cells.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "policy/glob.h"
#include "policy/printable.h"

namespace extgate {
namespace {

using Bits = unsigned __int128;  // of positions in a glob
constexpr size_t kMaxTokens = 127;

// Steps of single globs in all: some seconds.
constexpr size_t kMaxSteps = 20'000'000;

std::string NextCharacter(absl::string_view text) {
  return std::string(text.substr(0, std::max(1, Utf8Length(text))));
}

// The tokens of a glob, each as the text it is written as.
std::vector<std::string> TokensOf(absl::string_view glob) {
  std::vector<std::string> tokens;
  while (!glob.empty()) {
    std::string token = NextCharacter(glob);
    if (token == "[") {
      size_t end = 1;
      if (end < glob.size() && glob[end] == '!') ++end;
      if (end < glob.size() && glob[end] == ']') ++end;
      end = glob.find(']', end);
      if (end == absl::string_view::npos) return {};
      token = std::string(glob.substr(0, end + 1));
    }
    glob.remove_prefix(token.size());
    tokens.push_back(std::move(token));
  }
  return tokens;
}

bool Takes(const std::string& token, const std::string& character) {
  if (token == "?") return true;
  if (token[0] != '[') return token == character;
  const auto glob = Glob::Parse(token);
  return glob.ok() && glob->Matches(character);
}

// Characters of which each two are told apart by one of `tokens`.
std::vector<std::string> Alphabet(const std::set<std::string>& tokens) {
  std::vector<std::string> all = {"_", "+"};
  for (char c = 'a'; c <= 'z'; ++c) all.push_back(std::string(1, c));
  for (char c = '!'; c <= '~'; ++c) {
    if (c != '/' && (c < 'a' || c > 'z')) all.push_back(std::string(1, c));
  }
  all.push_back("\xc3\xa9");
  for (const std::string& token : tokens) {
    for (absl::string_view rest = token; !rest.empty();) {
      const std::string character = NextCharacter(rest);
      rest.remove_prefix(character.size());
      if (character != "/") all.push_back(character);
    }
  }
  std::vector<std::string> apart;
  std::set<std::vector<bool>> seen;
  for (const std::string& character : all) {
    // `_` and `+` end the name inside.
    std::vector<bool> taken = {character == "_" || character == "+"};
    for (const std::string& token : tokens) {
      taken.push_back(token != "*" && Takes(token, character));
    }
    if (seen.insert(std::move(taken)).second) apart.push_back(character);
  }
  return apart;
}

// A glob as an automaton: position n is behind the n-th token.
struct Automaton {
  std::vector<Bits> takes;  // by character: positions whose token takes it
  Bits runs = 0;            // positions before a `*`
  Bits end = 0;
  Bits start = 0;

  Bits Closed(Bits at) const {
    for (Bits more = at; more != 0;) {
      more = ((at & runs) << 1) & ~at;
      at |= more;
    }
    return at;
  }
  Bits Step(Bits at, size_t character) const {
    return Closed(((at & takes[character]) << 1) | (at & runs));
  }
};

// The name inside is this name, in which there was no `_` or `+` yet, or was.
constexpr int kNoCut = -1;
constexpr int kWhole = -2;

// Where one is within a name.
struct State {
  // The globs that may still match, and where each is.
  std::vector<std::pair<uint32_t, Bits>> at;
  int inside = kNoCut;  // or which globs the name inside matches
};

// The bytes of a state: equal states, equal keys.
std::string KeyOf(const State& state) {
  std::string key;
  key.reserve(sizeof(int) +
              state.at.size() * (sizeof(uint32_t) + sizeof(Bits)));
  key.append(reinterpret_cast<const char*>(&state.inside), sizeof(int));
  for (const auto& [glob, bits] : state.at) {
    key.append(reinterpret_cast<const char*>(&glob), sizeof(glob));
    key.append(reinterpret_cast<const char*>(&bits), sizeof(bits));
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
  Search(absl::Span<const std::string> globs, absl::Span<const uint32_t> focus)
      : focus_(focus.begin(), focus.end()) {
    std::set<std::string> tokens;
    std::vector<std::vector<std::string>> of_globs;
    for (const std::string& glob : globs) {
      of_globs.push_back(TokensOf(glob));
      tokens.insert(of_globs.back().begin(), of_globs.back().end());
    }
    alphabet_ = Alphabet(tokens);
    std::map<std::string, std::vector<bool>> taken;
    for (const std::string& token : tokens) {
      for (const std::string& character : alphabet_) {
        taken[token].push_back(token != "*" && Takes(token, character));
      }
    }
    for (const auto& of_glob : of_globs) Add(of_glob, taken);
  }

  NameCells Run() {
    Waiting start;
    for (uint32_t i = 0; i < automata_.size(); ++i) {
      if (automata_[i].start == 0) continue;
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
    if ((text == "_" || text == "+") && from.state.inside == kNoCut) {
      if (!from.name.empty()) {
        State cut = next;
        cut.inside = NumberOf(MatchedBy(from.state));
        Visit(std::move(cut), from.name, text, from.name);
      }
      next.inside = kWhole;
    }
    Visit(std::move(next), from.name, text, from.inside);
  }

  void Add(const std::vector<std::string>& tokens,
           const std::map<std::string, std::vector<bool>>& taken) {
    Automaton& automaton = automata_.emplace_back();
    automaton.takes.resize(alphabet_.size());
    if (tokens.size() > kMaxTokens) found_.complete = false;
    if (tokens.empty() || tokens.size() > kMaxTokens) return;
    for (size_t at = 0; at < tokens.size(); ++at) {
      if (tokens[at] == "*") automaton.runs |= Bits{1} << at;
      const std::vector<bool>& takes = taken.at(tokens[at]);
      for (size_t i = 0; i < alphabet_.size(); ++i) {
        if (takes[i]) automaton.takes[i] |= Bits{1} << at;
      }
    }
    automaton.end = Bits{1} << tokens.size();
    automaton.start = automaton.Closed(1);
  }

  std::vector<std::pair<uint32_t, Bits>> After(
      const std::vector<std::pair<uint32_t, Bits>>& at, size_t character) {
    std::vector<std::pair<uint32_t, Bits>> after;
    steps_ += at.size() + 1;
    for (const auto& [glob, bits] : at) {
      const Bits next = automata_[glob].Step(bits, character);
      if (next != 0) after.emplace_back(glob, next);
    }
    return after;
  }

  std::vector<uint32_t> MatchedBy(const State& state) const {
    std::vector<uint32_t> matched;
    for (const auto& [glob, bits] : state.at) {
      if ((bits & automata_[glob].end) != 0) matched.push_back(glob);
    }
    return matched;
  }

  int NumberOf(const std::vector<uint32_t>& matched) {
    const auto [at, is_new] =
        insides_.emplace(matched, static_cast<int>(insides_.size()));
    if (is_new) {
      in_focus_.push_back(absl::c_any_of(
          matched, [this](uint32_t glob) { return focus_.contains(glob); }));
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
        inside_counts || absl::c_any_of(matched, [this](uint32_t glob) {
          return focus_.contains(glob);
        });
    std::string name = head + text;
    if (counts &&
        known_.emplace(std::max(state.inside, kNoCut), matched).second) {
      found_.cells.push_back(
          {name, state.inside < 0 ? name : inside, std::move(matched)});
    }
    waiting_.push_back({std::move(state), std::move(name), inside});
  }

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

NameCells FindNameCells(absl::Span<const std::string> globs,
                        absl::Span<const uint32_t> focus) {
  return Search(globs, focus).Run();
}

}  // namespace extgate
