// The way in is VersionRange::Parse.
#include "policy/version_range.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "policy/version_order.h"

namespace extgate {
namespace {

bool IsOfVersion(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         absl::string_view("~-^.+_").find(c) != absl::string_view::npos;
}

}  // namespace

absl::StatusOr<VersionRange::Bound> VersionRange::ParseBound(
    absl::string_view text) {
  // The longer ones first: `>` begins `>=`.
  static constexpr std::pair<const char*, Relation> kRelations[] = {
      {">=", Relation::kAtLeast},   {"<=", Relation::kAtMost},
      {"!=", Relation::kDifferent}, {">", Relation::kAbove},
      {"<", Relation::kBelow},      {"=", Relation::kEqual}};
  absl::string_view rest = absl::StripAsciiWhitespace(text);
  const std::string whole(rest);
  for (const auto& [sign, relation] : kRelations) {
    if (!absl::ConsumePrefix(&rest, sign)) continue;
    rest = absl::StripLeadingAsciiWhitespace(rest);
    if (rest.empty() || !absl::c_all_of(rest, IsOfVersion)) {
      return absl::InvalidArgumentError(
          absl::StrCat("`", whole, "` has no version behind its `", sign, "`"));
    }
    return Bound{relation, std::string(rest)};
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "`", whole, "` does not begin with one of >=, >, <=, <, =, !="));
}

bool VersionRange::Meets(const Bound& bound, absl::string_view version) {
  const std::weak_ordering order = CompareVersions(version, bound.version);
  switch (bound.relation) {
    case Relation::kAtLeast:
      return order >= 0;
    case Relation::kAbove:
      return order > 0;
    case Relation::kAtMost:
      return order <= 0;
    case Relation::kBelow:
      return order < 0;
    case Relation::kEqual:
      return order == 0;
    case Relation::kDifferent:
      return order != 0;
  }
  return false;
}

bool VersionRange::Contradict(const Bound& a, const Bound& b) {
  if (a.relation == Relation::kEqual) return !Meets(b, a.version);
  if (b.relation == Relation::kEqual) return !Meets(a, b.version);
  const auto below = [](const Bound& bound) {
    return bound.relation == Relation::kAtLeast ||
           bound.relation == Relation::kAbove;
  };
  const auto above = [](const Bound& bound) {
    return bound.relation == Relation::kAtMost ||
           bound.relation == Relation::kBelow;
  };
  if (!below(a) || !above(b)) return false;
  const std::weak_ordering order = CompareVersions(a.version, b.version);
  if (order != 0) return order > 0;
  return a.relation == Relation::kAbove || b.relation == Relation::kBelow;
}

absl::StatusOr<VersionRange> VersionRange::Parse(absl::string_view text) {
  VersionRange range;
  range.text_ = std::string(text);
  for (absl::string_view part : absl::StrSplit(text, ',')) {
    absl::StatusOr<Bound> bound = ParseBound(part);
    if (!bound.ok()) return bound.status();
    range.bounds_.push_back(*std::move(bound));
  }
  for (const Bound& a : range.bounds_) {
    for (const Bound& b : range.bounds_) {
      if (!Contradict(a, b)) continue;
      return absl::InvalidArgumentError(
          absl::StrCat("no version is within `", text, "`"));
    }
  }
  return range;
}

bool VersionRange::IsVersion(absl::string_view text) {
  return absl::c_any_of(text, [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c));
  });
}

bool VersionRange::Contains(absl::string_view version) const {
  return IsVersion(version) && absl::c_all_of(bounds_, [&](const Bound& bound) {
           return Meets(bound, version);
         });
}

}  // namespace extgate
