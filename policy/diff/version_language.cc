// Ways in: the functions of the header. A version is compared with its bound
// character by character, and what has to be kept from one to the next is a
// place of the automaton.
#include "policy/diff/version_language.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"

namespace extgate {
namespace {

bool IsDigit(int c) { return c >= '0' && c <= '9'; }
bool IsLetter(int c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool Separates(int c) {
  return !IsDigit(c) && !IsLetter(c) && c != '~' && c != '-' && c != '^' &&
         c != '.';
}

// Where the comparison stands: the steps of CompareVersions, in their order.
enum class Phase {
  kSeparators,  // then `~`
  kEnds,        // then `-`
  kCaret,
  kDot,
  kSegment,
  kLetters,
  kZeros,
  kDigits,
  kOlder,  // decided
  kNewer,
};

struct Progress {
  Phase phase = Phase::kSeparators;
  size_t at = 0;    // in the bound
  size_t read = 0;  // kDigits: digits of the version
  int sign = 0;     // kDigits: of the first that differs
  friend auto operator<=>(const Progress&, const Progress&) = default;
};

class Bound {
 public:
  explicit Bound(absl::string_view text) : text_(text) {}

  Progress Start() const { return At(0); }

  // Once the version goes on with `c`; what is beyond ASCII separates.
  Progress Behind(Progress from, int c) const {
    while (true) {
      const int own = Own(from.at);
      switch (from.phase) {
        case Phase::kOlder:
        case Phase::kNewer:
          return from;
        case Phase::kSeparators:
          if (Separates(c)) return from;
          if (TakeMark('~', Phase::kEnds, c, from)) return from;
          break;
        case Phase::kEnds:
          if (own < 0) return {Phase::kNewer};
          if (TakeMark('-', Phase::kCaret, c, from)) return from;
          break;
        case Phase::kCaret:
          if (TakeMark('^', Phase::kDot, c, from)) return from;
          break;
        case Phase::kDot:
          if (TakeMark('.', Phase::kSegment, c, from)) return from;
          break;
        case Phase::kSegment:
          if (IsDigit(c) != IsDigit(own)) {
            return {IsDigit(c) ? Phase::kNewer : Phase::kOlder};
          }
          from.phase = IsDigit(c) ? Phase::kZeros : Phase::kLetters;
          if (IsDigit(c)) from.at = BehindZeros(from.at);
          break;
        case Phase::kLetters:
          if (IsLetter(c) && IsLetter(own)) {
            if (c != own) return {c < own ? Phase::kOlder : Phase::kNewer};
            ++from.at;
            return from;
          }
          if (IsLetter(c)) return {Phase::kNewer};
          if (IsLetter(own)) return {Phase::kOlder};
          from = At(from.at);
          break;
        case Phase::kZeros:
          if (c == '0') return from;
          from.phase = Phase::kDigits;
          break;
        case Phase::kDigits:
          if (IsDigit(c)) return BehindDigit(from, c);
          from = BehindNumber(from);
          break;
      }
    }
  }

  // What a version that ends here is against the bound.
  std::weak_ordering Order(Progress from) const {
    while (true) {
      const int own = Own(from.at);
      switch (from.phase) {
        case Phase::kOlder:
          return std::weak_ordering::less;
        case Phase::kNewer:
          return std::weak_ordering::greater;
        case Phase::kSeparators:
          if (own == '~') return std::weak_ordering::greater;
          from.phase = Phase::kEnds;
          break;
        case Phase::kEnds:
          return own < 0 ? std::weak_ordering::equivalent
                         : std::weak_ordering::less;
        case Phase::kCaret:
          if (own == '^') return std::weak_ordering::greater;
          from.phase = Phase::kDot;
          break;
        case Phase::kDot:
          if (own == '.') return std::weak_ordering::greater;
          from.phase = Phase::kSegment;
          break;
        case Phase::kSegment:
          if (IsDigit(own)) return std::weak_ordering::less;
          from.phase = Phase::kLetters;
          break;
        case Phase::kLetters:
          if (IsLetter(own)) return std::weak_ordering::less;
          from = At(from.at);
          break;
        case Phase::kZeros:
          from.phase = Phase::kDigits;
          break;
        case Phase::kDigits:
          from = BehindNumber(from);
          break;
      }
    }
  }

 private:
  int Own(size_t at) const {
    return at < text_.size() ? static_cast<unsigned char>(text_[at]) : -1;
  }

  // The next round, from `at` of the bound on.
  Progress At(size_t at) const {
    while (at < text_.size() && Separates(Own(at))) ++at;
    return {Phase::kSeparators, at};
  }

  size_t BehindZeros(size_t at) const {
    while (Own(at) == '0') ++at;
    return at;
  }

  size_t DigitsAt(size_t at) const {
    size_t count = 0;
    while (IsDigit(Own(at + count))) ++count;
    return count;
  }

  // Whether `c` is taken or decides; else `next` is what is looked for now.
  bool TakeMark(char mark, Phase next, int c, Progress& from) const {
    const bool of_bound = Own(from.at) == mark;
    if ((c == mark) != of_bound) {
      from = {c == mark ? Phase::kOlder : Phase::kNewer};
      return true;
    }
    from.phase = next;
    if (of_bound) ++from.at;
    return of_bound;
  }

  Progress BehindDigit(Progress from, int c) const {
    // Of numbers the longer is the larger.
    if (from.read == DigitsAt(from.at)) return {Phase::kNewer};
    if (from.sign == 0) from.sign = c - Own(from.at + from.read);
    from.sign = from.sign < 0 ? -1 : int{from.sign > 0};
    ++from.read;
    return from;
  }

  Progress BehindNumber(const Progress& from) const {
    const size_t digits = DigitsAt(from.at);
    if (from.read < digits || from.sign < 0) return {Phase::kOlder};
    if (from.sign > 0) return {Phase::kNewer};
    return At(from.at + digits);
  }

  const absl::string_view text_;
};

// The first `*` of a glob that stands for itself in no set.
size_t StarOf(absl::string_view glob) {
  for (size_t at = 0; at < glob.size(); ++at) {
    if (glob[at] == '*') return at;
    if (glob[at] != '[') continue;
    ++at;
    if (at < glob.size() && glob[at] == '!') ++at;
    const size_t end = glob.find(']', at + 1);
    if (end == absl::string_view::npos) break;
    at = end;
  }
  return absl::string_view::npos;
}

// The place of each progress that a version can make, with the moves between.
std::map<Progress, int> AddProgress(const Bound& bound, int first,
                                    LanguageBuilder& builder) {
  std::map<Progress, int> places = {{bound.Start(), first}};
  std::vector<Progress> waiting = {bound.Start()};
  while (!waiting.empty()) {
    const Progress from = waiting.back();
    waiting.pop_back();
    std::map<Progress, std::vector<CharacterSet::Range>> moves;
    for (uint32_t c = 0; c < 0x80; ++c) {
      moves[bound.Behind(from, static_cast<int>(c))].emplace_back(c, c);
    }
    moves[bound.Behind(from, 0x80)].emplace_back(0x80, 0x10ffff);
    for (auto& [to, ranges] : moves) {
      const auto [place, is_new] = places.emplace(to, 0);
      if (is_new) {
        place->second = builder.AddPlace();
        waiting.push_back(to);
      }
      builder.AddMove(places.at(from), CharacterSet(std::move(ranges)),
                      place->second);
    }
  }
  return places;
}

}  // namespace

std::optional<NameLanguage> LanguageOfVersions(absl::string_view glob,
                                               absl::string_view bound_text,
                                               std::weak_ordering order) {
  const size_t star = StarOf(glob);
  if (star == absl::string_view::npos) return std::nullopt;
  LanguageBuilder builder;
  const int begin = AddGlob(glob.substr(0, star), CharacterSet::All(),
                            builder.first(), builder);
  const int first = builder.AddPlace();
  builder.AddEmptyMove(begin, first);
  const int tail = builder.AddPlace();
  const Bound bound(bound_text);
  for (const auto& [progress, place] : AddProgress(bound, first, builder)) {
    if (bound.Order(progress) == order) builder.AddEmptyMove(place, tail);
  }
  return builder.Build(
      AddGlob(glob.substr(star + 1), CharacterSet::All(), tail, builder));
}

std::optional<NameLanguage> LanguageOfNoVersion(absl::string_view glob) {
  const size_t star = StarOf(glob);
  if (star == absl::string_view::npos) return std::nullopt;
  LanguageBuilder builder;
  const int begin = AddGlob(glob.substr(0, star), CharacterSet::All(),
                            builder.first(), builder);
  const int inside = builder.AddPlace();
  builder.AddEmptyMove(begin, inside);
  builder.AddMove(
      inside, CharacterSet({{'0', '9'}, {'A', 'Z'}, {'a', 'z'}}).Complement(),
      inside);
  return builder.Build(
      AddGlob(glob.substr(star + 1), CharacterSet::All(), inside, builder));
}

}  // namespace extgate
