// A shell-style pattern on a whole name.
#ifndef EXTGATE_POLICY_GLOB_H_
#define EXTGATE_POLICY_GLOB_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace extgate {

// A shell-style pattern on a whole name: `*` any run, `?` one character,
// `[a-z]` and `[!a-z]` one of a set (a `]` right after the bracket stands for
// itself). A character is one of UTF-8; a byte that is not UTF-8 is one too.
// Case matters. Time is at most text × pattern. Immutable, thread-safe.
class Glob {
 public:
  // InvalidArgument on an empty pattern or an open bracket, and on what other
  // programs read in another way: a range from high to low, `[^`, `[:`.
  static absl::StatusOr<Glob> Parse(absl::string_view pattern);
  bool Matches(absl::string_view name) const;

  // True when exactly one `*` is in it.
  bool HasOneStar() const;

  // What the one `*` takes of a name that matches, part of `name`; nullopt of
  // one that does not, and where there is not one `*`.
  std::optional<absl::string_view> StarText(absl::string_view name) const;

  // True when nothing in it is special: it matches its own text.
  bool IsLiteral() const { return shape_ == Shape::kLiteral; }

  // Bytes that a name which matches begins and ends with: the text before the
  // first and behind the last special character, all of it when it IsLiteral.
  // May be empty; part of text().
  absl::string_view LiteralPrefix() const;
  absl::string_view LiteralSuffix() const;

  const std::string& text() const { return text_; }

  friend bool operator==(const Glob& a, const Glob& b) {
    return a.text_ == b.text_;
  }

 private:
  friend class GlobAutomaton;  // of glob_relation.cc

  // Most patterns are compared by bytes, and then have no tokens: kLiteral, and
  // kOneStar with nothing special but one `*`; both of valid UTF-8.
  enum class Shape : uint8_t { kLiteral, kOneStar, kTokens };
  enum class Kind : uint8_t { kRun, kAnyOne, kOneOf, kNoneOf };
  // What one token takes. kOneOf covers a plain character as well.
  struct Token {
    Kind kind;
    uint32_t first = 0;  // in ranges_, one past the end is last
    uint32_t last = 0;
  };
  using Range = std::pair<uint32_t, uint32_t>;  // code points, inclusive

  explicit Glob(std::string text) : text_(std::move(text)) {}

  absl::Status ReadTokens();
  void Add(Kind kind, const std::vector<Range>& ranges);
  bool MatchesTokens(absl::string_view name) const;
  bool Takes(const Token& token, uint32_t character) const;

  std::string text_;
  Shape shape_ = Shape::kLiteral;
  uint32_t prefix_bytes_ = 0;  // of text_, before what is special
  uint32_t suffix_bytes_ = 0;  // of text_, behind what is special
  std::vector<Token> tokens_;
  std::vector<Range> ranges_;
};

}  // namespace extgate

#endif  // EXTGATE_POLICY_GLOB_H_
