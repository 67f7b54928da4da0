// The way in is PathGlob::Parse. A match keeps the set of places in the pattern
// that the parts so far lead to, so that no pattern is slow.
#include "policy/path_glob.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace extgate {
namespace {

constexpr char kAnyParts[] = "**";
constexpr size_t kMaxParts = 62;  // so that all places fit into a word

absl::Status Refused(absl::string_view pattern, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("pattern `", pattern, "`: ", why));
}

}  // namespace

absl::StatusOr<PathGlob> PathGlob::Parse(absl::string_view pattern) {
  PathGlob glob{std::string(pattern)};
  absl::string_view rest = pattern;
  if (!absl::ConsumePrefix(&rest, "/")) {
    return Refused(pattern, "a path begins with `/`");
  }
  for (absl::string_view part : absl::StrSplit(rest, '/')) {
    if (part.empty() || part == "." || part == "..") {
      return Refused(pattern, "a part of the path is empty, `.` or `..`");
    }
    if (part == kAnyParts) {
      glob.parts_.push_back(std::nullopt);
      continue;
    }
    if (absl::StrContains(part, kAnyParts)) {
      return Refused(pattern, "`**` is a part of its own, as in /usr/**/x");
    }
    absl::StatusOr<Glob> parsed = Glob::Parse(part);
    if (!parsed.ok()) return parsed.status();
    glob.parts_.push_back(*std::move(parsed));
  }
  // As many times in a row as once.
  const auto end =
      std::unique(glob.parts_.begin(), glob.parts_.end(),
                  [](const auto& a, const auto& b) { return !a && !b; });
  glob.parts_.erase(end, glob.parts_.end());
  if (glob.parts_.size() > kMaxParts) {
    return Refused(pattern, absl::StrCat("more than ", kMaxParts, " parts"));
  }
  return glob;
}

PathGlob::Places PathGlob::After(absl::string_view path) const {
  Places places = 1;
  for (absl::string_view part : absl::StrSplit(path, '/')) {
    Places next = 0;
    for (size_t i = 0; i < parts_.size(); ++i) {
      if ((places >> i & 1) == 0) continue;
      if (parts_[i].has_value()) {
        if (parts_[i]->Matches(part)) next |= Places{2} << i;
        continue;
      }
      next |= Places{1} << i;
      if (i + 1 == parts_.size()) {
        next |= Places{2} << i;
      } else if (parts_[i + 1]->Matches(part)) {
        next |= Places{4} << i;
      }
    }
    places = next;
    if (places == 0) break;
  }
  return places;
}

bool PathGlob::Matches(absl::string_view path) const {
  return (After(path) >> parts_.size() & 1) != 0;
}

bool PathGlob::MayMatchBelow(absl::string_view path) const {
  return (After(path) & ((Places{1} << parts_.size()) - 1)) != 0;
}

}  // namespace extgate
