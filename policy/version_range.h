// Which versions a rule takes.
#ifndef EXTGATE_POLICY_VERSION_RANGE_H_
#define EXTGATE_POLICY_VERSION_RANGE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace extgate {

// Bounds that all have to hold, as in ">=1.29, <1.31". Each is one of `>=`,
// `>`, `<=`, `<`, `=`, `!=` and a version, compared by CompareVersions
// (UAPI.10). Immutable, thread-safe.
class VersionRange {
 public:
  // InvalidArgument on anything else, and on bounds that no version meets. A
  // version in a bound is of ASCII letters, digits and `~ - ^ . + _`.
  static absl::StatusOr<VersionRange> Parse(absl::string_view text);

  // False of what IsVersion denies.
  bool Contains(absl::string_view version) const;

  // A text without a letter or digit is no version, and in no range.
  static bool IsVersion(absl::string_view text);

  const std::string& text() const { return text_; }

 private:
  enum class Relation {
    kAtLeast,
    kAbove,
    kAtMost,
    kBelow,
    kEqual,
    kDifferent,
  };
  struct Bound {
    Relation relation = Relation::kEqual;
    std::string version;
  };

  static absl::StatusOr<Bound> ParseBound(absl::string_view text);
  static bool Meets(const Bound& bound, absl::string_view version);
  // True when no version can meet both.
  static bool Contradict(const Bound& a, const Bound& b);

  std::string text_;
  std::vector<Bound> bounds_;
};

}  // namespace extgate

#endif  // EXTGATE_POLICY_VERSION_RANGE_H_
