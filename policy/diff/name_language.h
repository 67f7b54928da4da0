// Sets of names as automata, to be run side by side (name_cells.h).
#ifndef EXTGATE_POLICY_DIFF_NAME_LANGUAGE_H_
#define EXTGATE_POLICY_DIFF_NAME_LANGUAGE_H_

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace extgate {

// Code points: ranges, inclusive, ascending and apart.
class CharacterSet {
 public:
  using Range = std::pair<uint32_t, uint32_t>;

  CharacterSet() = default;
  explicit CharacterSet(std::vector<Range> ranges);  // in any order
  static CharacterSet All() { return CharacterSet({{0, kLast}}); }

  CharacterSet Complement() const;
  bool Contains(uint32_t character) const;
  const std::vector<Range>& ranges() const { return ranges_; }

  friend auto operator<=>(const CharacterSet&, const CharacterSet&) = default;

 private:
  static constexpr uint32_t kLast = 0x10ffff;
  std::vector<Range> ranges_;
};

using PlaceBits = unsigned __int128;  // a bit each
inline constexpr int kMostPlaces = 127;

// An automaton over characters. A name belongs to it if from `start` its
// characters lead to one of `end`.
struct NameLanguage {
  struct Move {
    int from;
    uint32_t set;  // of sets
    PlaceBits to;
  };
  std::vector<CharacterSet> sets;
  std::vector<Move> moves;
  PlaceBits start = 0;
  PlaceBits end = 0;
};

// Places of an automaton and the moves between them, some without a character.
class LanguageBuilder {
 public:
  LanguageBuilder() { AddPlace(); }

  int first() const { return 0; }
  int AddPlace();
  void AddMove(int from, CharacterSet on, int to);
  void AddEmptyMove(int from, int to);

  // From the first place to `last`; nullopt when that takes more places than
  // kMostPlaces.
  std::optional<NameLanguage> Build(int last) const;

 private:
  struct Step {
    CharacterSet on;
    int to;
  };
  // Where one can be without a character more, `from` among it; ascending.
  std::vector<int> ReachedFrom(int from) const;

  std::vector<std::vector<Step>> steps_;
  std::vector<std::vector<int>> empty_;
};

// Adds what `glob` matches behind the place `at`; returns where that ends.
// `any` is what a wildcard or the complement of a set takes.
int AddGlob(absl::string_view glob, const CharacterSet& any, int at,
            LanguageBuilder& builder);

// The names that a glob (glob.h) matches; nullopt of one with too many places.
std::optional<NameLanguage> LanguageOfGlob(absl::string_view glob);

// Those that an expression of RE2's syntax takes as a whole; nullopt of one
// that needs too many places, and of what is not read here: flags but `(?i)` in
// front, classes of Unicode, word boundaries, anchors but at both ends, and the
// like. Of names without control characters.
std::optional<NameLanguage> LanguageOfExpression(absl::string_view expression);

// The paths that a PathGlob (path_glob.h) matches, each with its `/` in front.
std::optional<NameLanguage> LanguageOfPathGlob(absl::string_view glob);

// All paths, "/usr/lib": no part is empty, `.` or `..`.
NameLanguage AllPaths();

}  // namespace extgate

#endif  // EXTGATE_POLICY_DIFF_NAME_LANGUAGE_H_
