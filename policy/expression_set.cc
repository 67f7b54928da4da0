// The way in is ExpressionSet::Parse. The only file that includes RE2.
#include "policy/expression_set.h"

#include <re2/re2.h>
#include <re2/set.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace extgate {
namespace {

re2::StringPiece Piece(absl::string_view text) {
  return re2::StringPiece(text.data(), text.size());
}

RE2::Options Options(int64_t max_bytes) {
  RE2::Options options;
  options.set_max_mem(max_bytes);
  options.set_log_errors(false);
  return options;
}

// Whether an alternative of the whole may begin in another way. Knows groups
// and escapes; not so sets, in which a bracket or a `|` stands for itself.
bool MayHaveAlternatives(absl::string_view expression) {
  if (!absl::StrContains(expression, '|')) return false;
  if (absl::StrContains(expression, '[') ||
      absl::StrContains(expression, "\\Q")) {
    return true;
  }
  int depth = 0;
  for (size_t i = 0; i < expression.size(); ++i) {
    const char c = expression[i];
    if (c == '\\') ++i;
    if (c == '(') ++depth;
    if (c == ')') --depth;
    if (c == '|' && depth == 0) return true;
  }
  return false;
}

}  // namespace

absl::string_view FixedBeginning(absl::string_view expression) {
  if (MayHaveAlternatives(expression)) return "";
  size_t end = 0;
  while (end < expression.size() &&
         (absl::ascii_isalnum(expression[end]) || expression[end] == '-' ||
          expression[end] == '_')) {
    ++end;
  }
  // A quantifier is of the last one.
  if (end > 0 && end < expression.size() &&
      absl::string_view("*?+{").find(expression[end]) !=
          absl::string_view::npos) {
    --end;
  }
  return expression.substr(0, end);
}

class ExpressionSet::Library {
 public:
  explicit Library(int64_t max_bytes)
      : set_(Options(max_bytes), RE2::ANCHOR_BOTH) {}

  RE2::Set& set() { return set_; }

  // `found`: nullptr when nobody asks which.
  PatternMatch Match(absl::string_view name, std::vector<int>* found) const {
    RE2::Set::ErrorInfo error;
    if (set_.Match(Piece(name), found, &error)) return PatternMatch::kYes;
    return error.kind == RE2::Set::kNoError ? PatternMatch::kNo
                                            : PatternMatch::kUnknown;
  }

 private:
  RE2::Set set_;
};

absl::StatusOr<ExpressionSet> ExpressionSet::Parse(
    absl::Span<const absl::string_view> expressions, int64_t max_bytes) {
  auto library = std::make_shared<Library>(max_bytes);
  std::string why;
  for (absl::string_view expression : expressions) {
    if (library->set().Add(Piece(expression), &why) < 0) {
      return absl::InvalidArgumentError(why);
    }
  }
  if (!library->set().Compile()) {
    return absl::InvalidArgumentError(
        max_bytes >> 20 << 20 == max_bytes
            ? absl::StrCat("it needs more than ", max_bytes >> 20, " MiB")
            : absl::StrCat("it needs more than ", max_bytes, " bytes"));
  }
  return ExpressionSet(std::move(library));
}

PatternMatch ExpressionSet::Any(absl::string_view name) const {
  return library_->Match(name, nullptr);
}

std::optional<std::vector<int>> ExpressionSet::Matching(
    absl::string_view name) const {
  std::vector<int> found;
  switch (library_->Match(name, &found)) {
    case PatternMatch::kNo:
      return std::vector<int>();
    case PatternMatch::kYes:
      return found;
    case PatternMatch::kUnknown:
      break;
  }
  return std::nullopt;
}

}  // namespace extgate
