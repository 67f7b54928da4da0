// Way in: the constructor of NameSet.
#include "policy/lint/name_set.h"

#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "policy/glob_relation.h"

namespace extgate {
namespace {

constexpr size_t kMaxNameBytes = 255;

std::string HeadOf(const std::string& pattern) {
  return pattern.substr(0, pattern.find_first_of("*?["));
}

}  // namespace

NameSet::NameSet(const std::vector<LocatedText>& patterns) {
  for (const LocatedText& pattern : patterns) {
    const bool first = globs_.empty() && expressions_.empty();
    if (absl::StartsWith(pattern.value, "re:")) {
      expressions_.insert(pattern.value);
      heads_.insert("");
      continue;
    }
    absl::StatusOr<Glob> glob = Glob::Parse(pattern.value);
    if (!glob.ok()) continue;
    everything_ |= pattern.value.find_first_not_of('*') == std::string::npos;
    heads_.insert(HeadOf(pattern.value));
    if (first) first_head_ = HeadOf(pattern.value);
    globs_.push_back(*std::move(glob));
  }
}

bool NameSet::Covers(const NameSet& other) const {
  if (everything_) return true;
  if (other.globs_.empty() && other.expressions_.empty()) return false;
  return absl::c_includes(expressions_, other.expressions_) &&
         absl::c_all_of(other.globs_, [&](const Glob& glob) {
           return absl::c_linear_search(globs_, glob) ||
                  Covered(glob, globs_).value_or(false);
         });
}

bool NameSet::IsApartFrom(const NameSet& other) const {
  if (!expressions_.empty() || !other.expressions_.empty()) return false;
  return absl::c_all_of(globs_, [&](const Glob& a) {
    return absl::c_all_of(other.globs_, [&](const Glob& b) {
      return !Overlap(a, b).value_or(true);
    });
  });
}

std::string WhyNoName(const Glob& glob) {
  const std::string& text = glob.text();
  // What a set in brackets says is not looked at.
  if (text.find('[') == std::string::npos) {
    if (absl::StrContains(text, '/')) return "a name has no `/`";
    if (absl::StartsWith(text, ".#") || text == "." || text == "..") {
      return absl::StrCat("systemd passes over `", text, "`");
    }
    // A `?` takes at least one byte.
    if (text.size() - absl::c_count(text, '*') > kMaxNameBytes) {
      return "a name has at most 255 bytes";
    }
  }
  return "";
}

}  // namespace extgate
