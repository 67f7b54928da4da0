// The way in is NamePattern::Parse.
#include "policy/name_pattern.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace extgate {
namespace {

constexpr absl::string_view kExpressionPrefix = "re:";
constexpr int64_t kMaxBytes = 1 << 20;

}  // namespace

absl::StatusOr<NamePattern> NamePattern::Parse(absl::string_view text) {
  NamePattern pattern;
  pattern.text_ = std::string(text);
  absl::string_view expression = text;
  if (!absl::ConsumePrefix(&expression, kExpressionPrefix)) {
    absl::StatusOr<Glob> glob = Glob::Parse(text);
    if (!glob.ok()) return glob.status();
    pattern.glob_ = *std::move(glob);
    return pattern;
  }
  if (expression.empty()) {
    return absl::InvalidArgumentError("the regular expression is empty");
  }
  absl::StatusOr<ExpressionSet> compiled =
      ExpressionSet::Parse({expression}, kMaxBytes);
  if (!compiled.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("regular expression `", expression,
                     "`: ", compiled.status().message()));
  }
  pattern.expression_ = *std::move(compiled);
  return pattern;
}

PatternMatch NamePattern::Matches(absl::string_view name) const {
  if (glob_.has_value()) {
    return glob_->Matches(name) ? PatternMatch::kYes : PatternMatch::kNo;
  }
  if (expression_.has_value()) return expression_->Any(name);
  return PatternMatch::kUnknown;
}

bool NamePattern::HasOneStar() const {
  return glob_.has_value() && glob_->HasOneStar();
}

std::optional<absl::string_view> NamePattern::StarText(
    absl::string_view name) const {
  return glob_.has_value() ? glob_->StarText(name) : std::nullopt;
}

std::optional<absl::string_view> NamePattern::expression() const {
  if (!expression_.has_value()) return std::nullopt;
  return absl::string_view(text_).substr(kExpressionPrefix.size());
}

}  // namespace extgate
