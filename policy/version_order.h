// Which of two versions is the newer one.
#ifndef EXTGATE_POLICY_VERSION_ORDER_H_
#define EXTGATE_POLICY_VERSION_ORDER_H_

#include <compare>

#include "absl/strings/string_view.h"

namespace extgate {

// Orders any two strings as UAPI.10, the Version Format Specification, does:
// `less` when `a` is older. `equal` does not mean equal text: `007` is `7`, and
// what is not of the format (`+`, `_`, a byte beyond ASCII) only separates. For
// strings without such bytes the order is total and transitive. Never fails;
// time is linear. Oldest to newest:
//
//   1~rc1  1  1-a  1-1  1^post1  1.a  1.1  1a  2
//
// Source: uapi-group.org/specifications/specs/version_format_specification,
// and `systemd-analyze compare-versions` (252 and later), which it agrees with.
std::weak_ordering CompareVersions(absl::string_view a, absl::string_view b);

}  // namespace extgate

#endif  // EXTGATE_POLICY_VERSION_ORDER_H_
