// The way in is NamePattern::Parse.
#include "policy/name_pattern.h"

#include <re2/re2.h>
#include <re2/set.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace extgate {
namespace {

constexpr char kExpressionPrefix[] = "re:";
constexpr int64_t kMaxBytes = 1 << 20;

RE2::Options Options() {
  RE2::Options options;
  options.set_max_mem(kMaxBytes);
  options.set_log_errors(false);
  return options;
}

}  // namespace

// A set of one: unlike RE2 itself, a set tells a lack of memory from a name
// that does not match.
class NamePattern::Expression {
 public:
  Expression() : set_(Options(), RE2::ANCHOR_BOTH) {}

  absl::Status Compile(absl::string_view text) {
    std::string why;
    if (set_.Add(re2::StringPiece(text.data(), text.size()), &why) < 0) {
      return absl::InvalidArgumentError(why);
    }
    if (!set_.Compile()) {
      return absl::InvalidArgumentError("it needs more than 1 MiB");
    }
    return absl::OkStatus();
  }

  PatternMatch Matches(absl::string_view name) const {
    std::vector<int> indices;
    RE2::Set::ErrorInfo error;
    if (set_.Match(re2::StringPiece(name.data(), name.size()), &indices,
                   &error)) {
      return PatternMatch::kYes;
    }
    return error.kind == RE2::Set::kNoError ? PatternMatch::kNo
                                            : PatternMatch::kUnknown;
  }

 private:
  RE2::Set set_;
};

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
  auto compiled = std::make_shared<Expression>();
  const absl::Status status = compiled->Compile(expression);
  if (!status.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "regular expression `", expression, "`: ", status.message()));
  }
  pattern.expression_ = std::move(compiled);
  return pattern;
}

PatternMatch NamePattern::Matches(absl::string_view name) const {
  if (glob_.has_value()) {
    return glob_->Matches(name) ? PatternMatch::kYes : PatternMatch::kNo;
  }
  if (expression_ != nullptr) return expression_->Matches(name);
  return PatternMatch::kUnknown;
}

bool NamePattern::HasOneStar() const {
  return glob_.has_value() && glob_->HasOneStar();
}

std::optional<absl::string_view> NamePattern::StarText(
    absl::string_view name) const {
  return glob_.has_value() ? glob_->StarText(name) : std::nullopt;
}

}  // namespace extgate
