// Ways in: ReferenceNameMatches, ReferenceVersionHolds.
#include "policy/reference_pattern.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <map>
#include <optional>
#include <regex>
#include <string>

#include "policy/version_order.h"

namespace extgate {
namespace {

// Whether `c` is in "a-cx": a `-` is one of a range but at either end.
bool SetLists(const std::string& set, char c) {
  for (size_t i = 0; i < set.size(); ++i) {
    if (i + 2 < set.size() && set[i + 1] == '-') {
      if (set[i] <= c && c <= set[i + 2]) return true;
      i += 2;
    } else if (set[i] == c) {
      return true;
    }
  }
  return false;
}

// The version that `pattern`, a glob with one `*`, finds in `name`.
std::optional<std::string> VersionIn(const std::string& pattern,
                                     const std::string& name) {
  const size_t star = pattern.find('*');
  for (size_t begin = 0; begin <= name.size(); ++begin) {
    for (size_t end = begin; end <= name.size(); ++end) {
      if (ReferenceGlobMatches(pattern.substr(0, star),
                               name.substr(0, begin)) &&
          ReferenceGlobMatches(pattern.substr(star + 1), name.substr(end))) {
        return name.substr(begin, end - begin);
      }
    }
  }
  return std::nullopt;
}

bool HasAlphanumeric(const std::string& text) {
  for (unsigned char c : text) {
    if (std::isalnum(c)) return true;
  }
  return false;
}

// One bound as ">=1", for versions of one letter or digit and more.
bool BoundHolds(const std::string& bound, const std::string& version) {
  const size_t at = bound.find_first_not_of("<>=!");
  const std::string sign = bound.substr(0, at);
  const auto order = CompareVersions(version, bound.substr(at));
  if (sign == ">=") return order >= 0;
  if (sign == "<=") return order <= 0;
  if (sign == "!=") return order != 0;
  if (sign == ">") return order > 0;
  if (sign == "<") return order < 0;
  return order == 0;
}

bool InRange(const std::string& range, const std::string& version) {
  size_t at = 0;
  while (at < range.size()) {
    const size_t comma = std::min(range.find(',', at), range.size());
    std::string bound = range.substr(at, comma - at);
    bound.erase(0, bound.find_first_not_of(' '));
    if (!BoundHolds(bound, version)) return false;
    at = comma + 1;
  }
  return true;
}

}  // namespace

bool ReferenceGlobMatches(const std::string& pattern, const std::string& name) {
  if (pattern.empty()) return name.empty();
  if (pattern[0] == '*') {
    return ReferenceGlobMatches(pattern.substr(1), name) ||
           (!name.empty() && ReferenceGlobMatches(pattern, name.substr(1)));
  }
  if (name.empty()) return false;
  if (pattern[0] == '[') {
    const bool negated = pattern[1] == '!';
    const size_t begin = negated ? 2 : 1;
    // A `]` right after the bracket stands for itself.
    const size_t end = pattern.find(']', begin + 1);
    return SetLists(pattern.substr(begin, end - begin), name[0]) != negated &&
           ReferenceGlobMatches(pattern.substr(end + 1), name.substr(1));
  }
  return (pattern[0] == '?' || pattern[0] == name[0]) &&
         ReferenceGlobMatches(pattern.substr(1), name.substr(1));
}

bool ReferenceNameMatches(const std::string& pattern, const std::string& name) {
  if (pattern.rfind("re:", 0) != 0) return ReferenceGlobMatches(pattern, name);
  // Made once each: that takes longer than all else here.
  static auto* const expressions = new std::map<std::string, std::regex>;
  auto [found, is_new] = expressions->try_emplace(pattern);
  if (is_new) found->second = std::regex(pattern.substr(3));
  return std::regex_match(name, found->second);
}

bool ReferenceVersionHolds(const RuleMatch& match, const std::string& name,
                           NoVersion no_version) {
  for (const LocatedText& pattern : match.names) {
    const auto version = VersionIn(pattern.value, name);
    if (!version) continue;
    if (HasAlphanumeric(*version) ? InRange(match.version->value, *version)
                                  : no_version == NoVersion::kInRange) {
      return true;
    }
  }
  return false;
}

}  // namespace extgate
