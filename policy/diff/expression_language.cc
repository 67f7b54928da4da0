// One way in: LanguageOfExpression. The expression is read as a tree of parts,
// each of which adds places behind one that is given.
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "policy/characters.h"
#include "policy/diff/name_language.h"

namespace extgate {
namespace {

constexpr int kMostRepeats = 64;
constexpr int kMostDepth = 32;
constexpr int kMostParts = 4096;

// One of: a set of characters, all children one behind the other, one of the
// children, the one child `least` to `most` times.
struct Part {
  enum class Kind { kSet, kAll, kOneOf, kRepeat };
  Kind kind = Kind::kAll;
  CharacterSet set;
  std::vector<Part> children;
  int least = 0;
  int most = -1;  // without end
};

Part SetPart(CharacterSet set) {
  Part part;
  part.kind = Part::Kind::kSet;
  part.set = std::move(set);
  return part;
}

std::optional<CharacterSet> ClassOf(char letter) {
  static const auto& digits = *new CharacterSet({{'0', '9'}});
  static const auto& words =
      *new CharacterSet({{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}});
  static const auto& spaces =
      *new CharacterSet({{'\t', '\n'}, {'\f', '\r'}, {' ', ' '}});
  switch (letter) {
    case 'd':
      return digits;
    case 'D':
      return digits.Complement();
    case 'w':
      return words;
    case 'W':
      return words.Complement();
    case 's':
      return spaces;
    case 'S':
      return spaces.Complement();
  }
  return std::nullopt;
}

// `[:alpha:]`, of ASCII.
std::optional<CharacterSet> ClassNamed(absl::string_view name) {
  static const auto& classes =
      *new std::map<absl::string_view, std::vector<CharacterSet::Range>>{
          {"alnum", {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}}},
          {"alpha", {{'A', 'Z'}, {'a', 'z'}}},
          {"digit", {{'0', '9'}}},
          {"lower", {{'a', 'z'}}},
          {"punct", {{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}}},
          {"upper", {{'A', 'Z'}}},
          {"word", {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}},
          {"xdigit", {{'0', '9'}, {'A', 'F'}, {'a', 'f'}}}};
  const auto found = classes.find(name);
  if (found == classes.end()) return std::nullopt;
  return CharacterSet(found->second);
}

// With what differs from its letters in case alone; nullopt of what is beyond
// ASCII, where that is more than a table of two.
std::optional<CharacterSet> WithoutCase(const CharacterSet& set) {
  constexpr uint32_t kKelvin = 0x212a;
  constexpr uint32_t kLongS = 0x17f;
  std::vector<CharacterSet::Range> ranges = set.ranges();
  if (!ranges.empty() && ranges.back().second >= 0x80) return std::nullopt;
  for (uint32_t c = 'a'; c <= 'z'; ++c) {
    const uint32_t other = c - 'a' + 'A';
    if (!set.Contains(c) && !set.Contains(other)) continue;
    ranges.emplace_back(c, c);
    ranges.emplace_back(other, other);
    if (c == 'k') ranges.emplace_back(kKelvin, kKelvin);
    if (c == 's') ranges.emplace_back(kLongS, kLongS);
  }
  return CharacterSet(std::move(ranges));
}

// Reads what is left of a text; nullopt from any function: not read here.
class Reader {
 public:
  explicit Reader(absl::string_view text) : text_(text) {}

  std::optional<Part> Read() {
    any_case_ = absl::StartsWith(text_, "(?i)");
    if (any_case_) at_ = 4;
    // Of the whole, anchors at both ends say nothing.
    if (Next() == '^') ++at_;
    auto whole = ReadAlternatives(0);
    return at_ == text_.size() ? std::move(whole) : std::nullopt;
  }

 private:
  bool Done() const { return at_ >= text_.size(); }
  int Next() const {
    return Done() ? -1 : static_cast<unsigned char>(text_[at_]);
  }

  std::optional<Part> ReadAlternatives(int depth) {
    if (depth > kMostDepth) return std::nullopt;
    Part part;
    part.kind = Part::Kind::kOneOf;
    while (true) {
      auto sequence = ReadSequence(depth);
      if (!sequence) return std::nullopt;
      part.children.push_back(*std::move(sequence));
      if (Next() != '|') return part;
      ++at_;
    }
  }

  std::optional<Part> ReadSequence(int depth) {
    Part part;
    while (!Done() && Next() != '|' && Next() != ')') {
      if (Next() == '$' && at_ + 1 == text_.size()) {
        ++at_;
        break;
      }
      auto atom = ReadAtom(depth);
      if (!atom) return std::nullopt;
      auto repeated = ReadRepeat(*std::move(atom));
      if (!repeated) return std::nullopt;
      part.children.push_back(*std::move(repeated));
    }
    return part;
  }

  std::optional<Part> ReadAtom(int depth) {
    const int next = Next();
    if (next == '(') {
      ++at_;
      if (Next() == '?') {
        if (text_.substr(at_, 2) != "?:") return std::nullopt;
        at_ += 2;
      }
      auto inner = ReadAlternatives(depth + 1);
      if (!inner || Next() != ')') return std::nullopt;
      ++at_;
      return inner;
    }
    if (next == '[') return ReadSet();
    if (next == '.') {
      ++at_;
      return SetPart(CharacterSet({{'\n', '\n'}}).Complement());
    }
    if (next == '\\') {
      auto set = ReadEscape();
      if (!set) return std::nullopt;
      return SetPart(*std::move(set));
    }
    if (absl::string_view("^$*+?{").find(static_cast<char>(next)) !=
        absl::string_view::npos) {
      return std::nullopt;
    }
    const uint32_t character = TakeCharacter(text_, at_);
    auto set = Cased(CharacterSet({{character, character}}));
    if (!set) return std::nullopt;
    return SetPart(*std::move(set));
  }

  std::optional<CharacterSet> Cased(CharacterSet set) const {
    return any_case_ ? WithoutCase(set) : std::move(set);
  }

  // `\d` and what stands for itself.
  std::optional<CharacterSet> ReadEscape() {
    ++at_;
    if (Done()) return std::nullopt;
    const char letter = text_[at_];
    auto set = ClassOf(letter);
    if (!set && absl::ascii_ispunct(static_cast<unsigned char>(letter))) {
      const auto character = static_cast<unsigned char>(letter);
      set = CharacterSet({{character, character}});
    }
    if (set) ++at_;
    return set;
  }

  std::optional<Part> ReadSet() {
    ++at_;
    const bool negated = Next() == '^';
    if (negated) ++at_;
    std::vector<CharacterSet::Range> ranges;
    for (bool first = true; Next() != ']' || first; first = false) {
      if (text_.substr(at_, 2) == "[:") {
        const size_t end = text_.find(":]", at_ + 2);
        if (end == absl::string_view::npos) return std::nullopt;
        const auto named = ClassNamed(text_.substr(at_ + 2, end - at_ - 2));
        if (!named) return std::nullopt;
        at_ = end + 2;
        ranges.insert(ranges.end(), named->ranges().begin(),
                      named->ranges().end());
        continue;
      }
      const auto low = ReadMember();
      if (!low) return std::nullopt;
      const bool one = low->ranges().size() == 1 &&
                       low->ranges()[0].first == low->ranges()[0].second;
      if (Next() == '-' && at_ + 1 < text_.size() && text_[at_ + 1] != ']') {
        ++at_;
        const auto high = ReadMember();
        if (!one || !high || high->ranges().size() != 1) return std::nullopt;
        if (high->ranges()[0].first != high->ranges()[0].second) {
          return std::nullopt;
        }
        ranges.emplace_back(low->ranges()[0].first, high->ranges()[0].first);
        if (ranges.back().first > ranges.back().second) return std::nullopt;
      } else {
        ranges.insert(ranges.end(), low->ranges().begin(), low->ranges().end());
      }
    }
    ++at_;
    const auto set = Cased(CharacterSet(std::move(ranges)));
    if (!set) return std::nullopt;
    return SetPart(negated ? set->Complement() : *set);
  }

  std::optional<CharacterSet> ReadMember() {
    if (Done()) return std::nullopt;
    if (Next() == '\\') return ReadEscape();
    const uint32_t character = TakeCharacter(text_, at_);
    return CharacterSet({{character, character}});
  }

  // What stands behind `atom`: `*`, `{2,3}`, with `?` behind it or not, which
  // changes only what is taken first.
  std::optional<Part> ReadRepeat(Part atom) {
    Part part;
    part.kind = Part::Kind::kRepeat;
    switch (Next()) {
      case '*':
        break;
      case '+':
        part.least = 1;
        break;
      case '?':
        part.most = 1;
        break;
      case '{':
        if (!ReadCounts(part)) return std::nullopt;
        break;
      default:
        return atom;
    }
    ++at_;
    if (Next() == '?') ++at_;
    // Several of them are not for all readers the same.
    if (!Done() && absl::string_view("*+?{").find(static_cast<char>(Next())) !=
                       absl::string_view::npos) {
      return std::nullopt;
    }
    part.children.push_back(std::move(atom));
    return part;
  }

  // "{2,3}" up to its end.
  bool ReadCounts(Part& part) {
    const size_t end = text_.find('}', at_);
    if (end == absl::string_view::npos) return false;
    const absl::string_view inner = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end;
    const size_t comma = inner.find(',');
    if (!absl::SimpleAtoi(inner.substr(0, comma), &part.least)) return false;
    part.most = part.least;
    if (comma != absl::string_view::npos) {
      part.most = -1;
      if (comma + 1 < inner.size() &&
          !absl::SimpleAtoi(inner.substr(comma + 1), &part.most)) {
        return false;
      }
    }
    return part.least >= 0 && part.least <= kMostRepeats &&
           part.most <= kMostRepeats &&
           (part.most < 0 || part.most >= part.least);
  }

  const absl::string_view text_;
  size_t at_ = 0;
  bool any_case_ = false;
};

class Emitter {
 public:
  explicit Emitter(LanguageBuilder& builder) : builder_(builder) {}

  // Adds `part` behind `at`; returns where it ends, or nullopt when it is too
  // much.
  std::optional<int> Add(const Part& part, int at) {
    if (++added_ > kMostParts) return std::nullopt;
    switch (part.kind) {
      case Part::Kind::kSet: {
        const int end = builder_.AddPlace();
        builder_.AddMove(at, part.set, end);
        return end;
      }
      case Part::Kind::kAll: {
        std::optional<int> end = at;
        for (const Part& child : part.children) {
          if (end) end = Add(child, *end);
        }
        return end;
      }
      case Part::Kind::kOneOf: {
        const int end = builder_.AddPlace();
        for (const Part& child : part.children) {
          const int begin = builder_.AddPlace();
          builder_.AddEmptyMove(at, begin);
          const auto behind = Add(child, begin);
          if (!behind) return std::nullopt;
          builder_.AddEmptyMove(*behind, end);
        }
        return end;
      }
      case Part::Kind::kRepeat:
        return AddRepeat(part, at);
    }
    return std::nullopt;
  }

 private:
  std::optional<int> AddRepeat(const Part& part, int at) {
    const Part& child = part.children[0];
    std::optional<int> end = at;
    for (int i = 0; end && i < part.least; ++i) end = Add(child, *end);
    if (!end) return std::nullopt;
    const int last = builder_.AddPlace();
    if (part.most < 0) {
      const int again = builder_.AddPlace();
      builder_.AddEmptyMove(*end, again);
      builder_.AddEmptyMove(again, last);
      const auto behind = Add(child, again);
      if (!behind) return std::nullopt;
      builder_.AddEmptyMove(*behind, again);
      return last;
    }
    builder_.AddEmptyMove(*end, last);
    for (int i = part.least; i < part.most; ++i) {
      end = Add(child, *end);
      if (!end) return std::nullopt;
      builder_.AddEmptyMove(*end, last);
    }
    return last;
  }

  LanguageBuilder& builder_;
  int added_ = 0;
};

}  // namespace

std::optional<NameLanguage> LanguageOfExpression(absl::string_view expression) {
  const auto tree = Reader(expression).Read();
  if (!tree) return std::nullopt;
  LanguageBuilder builder;
  const auto last = Emitter(builder).Add(*tree, builder.first());
  return last ? builder.Build(*last) : std::nullopt;
}

}  // namespace extgate
