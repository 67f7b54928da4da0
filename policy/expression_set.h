// Several regular expressions, asked of a name at once.
#ifndef EXTGATE_POLICY_EXPRESSION_SET_H_
#define EXTGATE_POLICY_EXPRESSION_SET_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace extgate {

enum class PatternMatch {
  kNo,
  kYes,
  kUnknown,  // the library failed: an allow must not follow, a deny must
};

// Bytes that every name which an expression of RE2's syntax takes begins with,
// part of `expression`; empty where that is not seen at a glance.
absl::string_view FixedBeginning(absl::string_view expression);

// Expressions of RE2's syntax, each of which takes the whole name. Unlike RE2
// itself, its set tells a lack of memory from a name that does not match.
// Immutable, thread-safe, cheap to copy.
class ExpressionSet {
 public:
  // InvalidArgument, without naming the expression, on one that is not RE2's,
  // and when all together need more than `max_bytes`, which also bounds what is
  // remembered from one name to the next.
  static absl::StatusOr<ExpressionSet> Parse(
      absl::Span<const absl::string_view> expressions, int64_t max_bytes);

  // Whether any takes `name`. Allocates nothing once names of its kind were
  // seen.
  PatternMatch Any(absl::string_view name) const;

  // The numbers of those that take `name`, in no order; nullopt when the
  // library failed.
  std::optional<std::vector<int>> Matching(absl::string_view name) const;

 private:
  class Library;

  explicit ExpressionSet(std::shared_ptr<const Library> library)
      : library_(std::move(library)) {}

  std::shared_ptr<const Library> library_;  // RE2's cannot be copied
};

}  // namespace extgate

#endif  // EXTGATE_POLICY_EXPRESSION_SET_H_
