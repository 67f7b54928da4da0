// The way in is Glob::Parse; Matches compares bytes where that is enough, else
// walks the tokens and goes back to the last `*` only, so that no pattern is
// slow.
#include "policy/glob.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "policy/characters.h"
#include "policy/printable.h"

namespace extgate {
namespace {

// What begins with one of these stands for something else.
constexpr char kSpecial[] = "*?[";

absl::Status Refused(absl::string_view pattern, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("pattern `", pattern, "`: ", why));
}

// What stands between brackets.
struct Set {
  bool negated = false;
  std::vector<std::pair<uint32_t, uint32_t>> ranges;
};

// Reads a set; `at` is behind its `[`, and moves behind its `]`.
absl::StatusOr<Set> ParseSet(absl::string_view pattern, size_t& at) {
  Set set;
  if (at < pattern.size() && pattern[at] == '^') {
    return Refused(pattern, "write `[!` for any character but these");
  }
  if (at < pattern.size() && pattern[at] == '!') {
    set.negated = true;
    ++at;
  }
  for (bool first = true; at < pattern.size(); first = false) {
    if (pattern[at] == ']' && !first) {
      ++at;
      return set;
    }
    if (pattern.substr(at, 2) == "[:") {
      return Refused(pattern,
                     "character classes such as `[:digit:]` are not "
                     "supported, write the characters");
    }
    const uint32_t low = TakeCharacter(pattern, at);
    uint32_t high = low;
    if (at + 1 < pattern.size() && pattern[at] == '-' &&
        pattern[at + 1] != ']') {
      ++at;
      high = TakeCharacter(pattern, at);
    }
    if (low > high) return Refused(pattern, "a range from high to low");
    set.ranges.emplace_back(low, high);
  }
  return Refused(pattern, "`[` without `]`");
}

}  // namespace

void Glob::Add(Kind kind, const std::vector<Range>& ranges) {
  const uint32_t first = static_cast<uint32_t>(ranges_.size());
  ranges_.insert(ranges_.end(), ranges.begin(), ranges.end());
  tokens_.push_back({kind, first, static_cast<uint32_t>(ranges_.size())});
}

absl::StatusOr<Glob> Glob::Parse(absl::string_view pattern) {
  if (pattern.empty())
    return absl::InvalidArgumentError("the pattern is empty");
  Glob glob{std::string(pattern)};
  const size_t special = pattern.find_first_of(kSpecial);
  glob.prefix_bytes_ = static_cast<uint32_t>(std::min(special, pattern.size()));
  glob.suffix_bytes_ = glob.prefix_bytes_;
  if (special == absl::string_view::npos && IsUtf8(pattern)) return glob;
  const bool one_star =
      special != absl::string_view::npos && pattern[special] == '*' &&
      pattern.find_first_of(kSpecial, special + 1) == absl::string_view::npos;
  if (one_star && IsUtf8(pattern)) {
    glob.shape_ = Shape::kOneStar;
    glob.suffix_bytes_ = static_cast<uint32_t>(pattern.size() - special - 1);
    return glob;
  }
  glob.shape_ = Shape::kTokens;
  if (absl::Status status = glob.ReadTokens(); !status.ok()) return status;
  return glob;
}

absl::Status Glob::ReadTokens() {
  const absl::string_view pattern = text_;
  for (size_t at = 0; at < pattern.size();) {
    const uint32_t character = TakeCharacter(pattern, at);
    if (character == '*') {
      Add(Kind::kRun, {});
    } else if (character == '?') {
      Add(Kind::kAnyOne, {});
    } else if (character == '[') {
      absl::StatusOr<Set> set = ParseSet(pattern, at);
      if (!set.ok()) return set.status();
      Add(set->negated ? Kind::kNoneOf : Kind::kOneOf, set->ranges);
    } else {
      Add(Kind::kOneOf, {{character, character}});
      continue;
    }
    suffix_bytes_ = static_cast<uint32_t>(pattern.size() - at);
  }
  return absl::OkStatus();
}

absl::string_view Glob::LiteralPrefix() const {
  return absl::string_view(text_).substr(0, prefix_bytes_);
}

absl::string_view Glob::LiteralSuffix() const {
  return absl::string_view(text_).substr(text_.size() - suffix_bytes_);
}

bool Glob::Takes(const Token& token, uint32_t character) const {
  bool listed = false;
  for (uint32_t i = token.first; i < token.last && !listed; ++i) {
    listed = ranges_[i].first <= character && character <= ranges_[i].second;
  }
  switch (token.kind) {
    case Kind::kRun:
      return false;
    case Kind::kAnyOne:
      return true;
    case Kind::kOneOf:
      return listed;
    case Kind::kNoneOf:
      return !listed;
  }
  return false;
}

// Valid UTF-8 is found in a name by its bytes: no character begins within
// another.
bool Glob::Matches(absl::string_view name) const {
  switch (shape_) {
    case Shape::kLiteral:
      return name == text_;
    case Shape::kOneStar:
      return name.size() + 1 >= text_.size() &&
             absl::StartsWith(name, LiteralPrefix()) &&
             absl::EndsWith(name, LiteralSuffix());
    case Shape::kTokens:
      return MatchesTokens(name);
  }
  return false;
}

bool Glob::MatchesTokens(absl::string_view name) const {
  size_t token = 0;
  size_t at = 0;
  // Where to go on after the last `*` takes one character more.
  std::optional<size_t> run_token;
  size_t run_at = 0;
  while (at < name.size()) {
    if (token < tokens_.size() && tokens_[token].kind == Kind::kRun) {
      run_token = ++token;
      run_at = at;
      continue;
    }
    size_t next = at;
    const uint32_t character = TakeCharacter(name, next);
    if (token < tokens_.size() && Takes(tokens_[token], character)) {
      ++token;
      at = next;
      continue;
    }
    if (!run_token.has_value()) return false;
    token = *run_token;
    TakeCharacter(name, run_at);
    at = run_at;
  }
  while (token < tokens_.size() && tokens_[token].kind == Kind::kRun) ++token;
  return token == tokens_.size();
}

bool Glob::HasOneStar() const {
  if (shape_ != Shape::kTokens) return shape_ == Shape::kOneStar;
  return absl::c_count_if(tokens_, [](const Token& token) {
           return token.kind == Kind::kRun;
         }) == 1;
}

std::optional<absl::string_view> Glob::StarText(absl::string_view name) const {
  if (!HasOneStar() || !Matches(name)) return std::nullopt;
  if (shape_ == Shape::kOneStar) {
    name.remove_prefix(prefix_bytes_);
    name.remove_suffix(suffix_bytes_);
    return name;
  }
  // Every other token takes one character, so those around the run tell where
  // it begins and ends.
  std::vector<size_t> starts;  // of each character, and the end
  for (size_t at = 0; at < name.size();) {
    starts.push_back(at);
    TakeCharacter(name, at);
  }
  starts.push_back(name.size());
  size_t before = 0;
  while (tokens_[before].kind != Kind::kRun) ++before;
  const size_t after = tokens_.size() - before - 1;
  const size_t begin = starts[before];
  return name.substr(begin, starts[starts.size() - 1 - after] - begin);
}

}  // namespace extgate
