// What a policy says of names: a glob, or behind `re:` a regular expression.
#ifndef EXTGATE_POLICY_NAME_PATTERN_H_
#define EXTGATE_POLICY_NAME_PATTERN_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "policy/expression_set.h"
#include "policy/glob.h"

namespace extgate {

// A pattern on a whole name. Immutable, thread-safe, cheap to copy.
class NamePattern {
 public:
  // Of a pattern that was never parsed nothing is known: kUnknown.
  NamePattern() = default;

  // `re:` and an expression of RE2's syntax, which takes the whole name, else a
  // glob. InvalidArgument on what is neither, and on an expression that needs
  // more than 1 MiB.
  static absl::StatusOr<NamePattern> Parse(absl::string_view text);

  PatternMatch Matches(absl::string_view name) const;

  // True for a glob with exactly one `*`.
  bool HasOneStar() const;

  // What the one `*` takes of a name that matches; nullopt of one that does
  // not, and where there is not one `*`. Part of `name`.
  std::optional<absl::string_view> StarText(absl::string_view name) const;

  const std::string& text() const { return text_; }

  // nullptr when it is no glob.
  const Glob* glob() const { return glob_.has_value() ? &*glob_ : nullptr; }

  // What stands behind `re:`, part of text(); nullopt when nothing does.
  std::optional<absl::string_view> expression() const;

 private:
  std::string text_;
  // INVARIANT: at most one of the two is set, and after Parse exactly one.
  std::optional<Glob> glob_;
  std::optional<ExpressionSet> expression_;  // of one
};

}  // namespace extgate

#endif  // EXTGATE_POLICY_NAME_PATTERN_H_
