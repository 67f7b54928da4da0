// What a policy says well, and its author may not mean. Nothing here changes a
// decision: apply heeds a policy whatever is found.
#ifndef EXTGATE_POLICY_LINT_LINT_H_
#define EXTGATE_POLICY_LINT_LINT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "policy/diagnostic.h"
#include "policy/partition_fate.h"
#include "policy/policy.h"
#include "policy/utc_time.h"
#include "policy/values.h"

namespace extgate {

struct Finding {
  Diagnostic diagnostic;
  // An image that would be let in, in words; empty where none is.
  std::string example;
  friend bool operator==(const Finding&, const Finding&) = default;
};

// A policy as written, of one source or of all together, and what it is for.
struct LintSubject {
  const Policy& policy;
  Mode mode = Mode::kPermissive;  // in force, floor included
  // Of systemd. One alone: that of the machine.
  SystemdRange versions{kOldestSystemd, kNewestSystemd};
  UtcTime today;
};

// Every check of checks.h, in its order; places are those of the policy.
// Patterns that do not parse are left out: the reader reports them.
std::vector<Finding> LintPolicy(const LintSubject& subject);

// What only the text of a source tells: kairos-extensions. Empty of what is not
// YAML, or no mapping.
std::vector<Finding> LintText(absl::string_view text, absl::string_view path);

// Whether `findings` have an error.
bool HasErrors(const std::vector<Finding>& findings);

}  // namespace extgate

#endif  // EXTGATE_POLICY_LINT_LINT_H_
